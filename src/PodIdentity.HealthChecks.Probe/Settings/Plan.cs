using PodIdentity.HealthChecks.Nmi;
using PodIdentity.HealthChecks.Probe.Running;
using PodIdentity.HealthChecks.Tokens;
using PodIdentity.HealthChecks.Validation;

namespace PodIdentity.HealthChecks.Probe.Settings;

/// <summary>Everything that a run needs to know.</summary>
internal sealed record Plan(
    Command Command, PodIdentityHealthCheckOptions Token, NmiHealthCheckOptions Nmi, Retries Retries, WatchPlan Watch, bool AsJson)
{
    private const string EndpointExample = "http://169.254.169.254" + MetadataService.TokenPath;

    private static readonly (string, PodIdentityResponder?)[] RespondersHere =
    [
        ("Nmi", PodIdentityResponder.Nmi),
        ("WorkloadIdentityProxy", PodIdentityResponder.WorkloadIdentityProxy),
        ("Imds", PodIdentityResponder.Imds),
    ];

    /// <summary>What is wrong is found in the values' complaints.</summary>
    public static Plan Read(Command command, Values values)
    {
        var timeout = values.Duration(
            Setting.AttemptTimeout,
            command.Mode is Mode.Check ? TimeSpan.FromSeconds(3) : LingeringRequest.LongestWait,
            least: TimeSpan.FromMilliseconds(100),
            most: TimeSpan.FromMinutes(5),
            "3s");

        // NMI has no reason to let anybody wait who asks how it is.
        var nmi = ReadNmi(values, values.Text(Setting.AttemptTimeout) is null ? TimeSpan.FromSeconds(3) : timeout);
        var token = ReadToken(values, timeout);
        token.NmiHealthEndpoint = NmiEndpoint.Of(nmi);
        nmi.MetadataAddress = token.TokenEndpoint ?? MetadataService.Address;
        var plan = new Plan(command, token, nmi, ReadRetries(values), ReadWatch(command, values), ReadOutput(values));

        PodIdentityOptionsValidator.CheckIdentity(token, values.Complaints);
        if (MetadataService.Address.Scheme is not "http")
        {
            values.Complaints.Add(
                MetadataService.AuthorityHostVariable, MetadataService.Address, "it must be an absolute http address", "http://169.254.169.254/");
        }

        if (nmi.HostIp is not null)
        {
            NmiOptionsValidator.CheckParts(nmi, values.Complaints);
        }
        else if (command.Subjects.HasFlag(Subjects.Nmi) && values.Text(Setting.NmiHealthEndpoint) is null)
        {
            values.Complaints.Add(
                Setting.HostIp.Option,
                null,
                $"at which node is NMI asked? Write it into the container's spec, or use {Setting.HostIp.Flag} or {Setting.NmiHealthEndpoint.Flag}",
                "env: [{name: HOST_IP, valueFrom: {fieldRef: {fieldPath: status.hostIP}}}]");
        }

        return plan;
    }

    private static PodIdentityHealthCheckOptions ReadToken(Values values, TimeSpan timeout) => new()
    {
        TokenEndpoint = values.Address(Setting.TokenEndpoint, EndpointExample),
        Resource = values.Text(Setting.Resource) ?? "https://management.azure.com/",
        ClientId = values.Text(Setting.ClientId),
        ResourceId = values.Text(Setting.ResourceId),
        ObjectId = values.Text(Setting.ObjectId),
        ExpectedClientId = values.Text(Setting.ExpectedClientId),
        ExpectedObjectId = values.Text(Setting.ExpectedObjectId),
        ExpectedTenantId = values.Text(Setting.ExpectedTenantId),
        ExpectedResourceId = values.Text(Setting.ExpectedResourceId),
        RequiredResponder = values.Word(Setting.RequiredResponder, RespondersHere),
        MinimumTokenLifetime = values.Duration(
            Setting.MinimumTokenLifetime, TimeSpan.FromMinutes(5), least: TimeSpan.Zero, most: TimeSpan.FromDays(1), "5m"),
        AttemptTimeout = timeout,
    };

    private static NmiHealthCheckOptions ReadNmi(Values values, TimeSpan timeout) => new()
    {
        HostIp = values.Text(Setting.HostIp),
        Port = values.Number(Setting.Port, 8085, 1, 65535),
        Path = values.Text(Setting.Path) ?? "/healthz",
        Endpoint = values.Address(Setting.NmiHealthEndpoint, "http://10.240.0.4:8085/healthz"),
        RequireActive = values.Flag(Setting.RequireActive, otherwise: true),
        VerifyInterception = values.Flag(Setting.VerifyInterception, otherwise: true),
        AttemptTimeout = timeout,
    };

    private static Retries ReadRetries(Values values)
    {
        var most = TimeSpan.FromHours(1);
        var min = values.Duration(Setting.RetryMin, TimeSpan.FromSeconds(3), TimeSpan.Zero, most, "3s");

        // Who only raises the least wait does not mean it to be cut.
        var usual = TimeSpan.FromSeconds(10);
        var max = values.Duration(Setting.RetryMax, usual < min ? min : usual, TimeSpan.FromMilliseconds(1), most, "10s");
        if (max < min)
        {
            values.Complain(Setting.RetryMax, values.Text(Setting.RetryMax)!, $"it must not be less than {Setting.RetryMin.Variable}", $"{min.TotalSeconds:0.###}s");
        }

        return new Retries(min, max, values.Number(Setting.RetryCount, 5, 0, 100_000));
    }

    private static WatchPlan ReadWatch(Command command, Values values) => new(
        ReadInterval(values),
        values.Duration(Setting.ResultLifetime, TimeSpan.FromSeconds(10), TimeSpan.Zero, TimeSpan.FromHours(1), "10s"),
        command.Mode is Mode.Watch ? values.Text(Setting.StatusFile) : null);

    private static TimeSpan ReadInterval(Values values) =>
        values.Duration(Setting.Interval, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(1), TimeSpan.FromHours(1), "10s");

    public static bool ReadOutput(Values values) => values.Word(Setting.Output, [("text", false), ("json", true)]);
}
