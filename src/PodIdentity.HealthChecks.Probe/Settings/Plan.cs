using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Nmi;
using PodIdentity.HealthChecks.Probe.Asking;
using PodIdentity.HealthChecks.Probe.Running;
using PodIdentity.HealthChecks.Tokens;
using PodIdentity.HealthChecks.Validation;

namespace PodIdentity.HealthChecks.Probe.Settings;

/// <summary>Everything that a run needs to know.</summary>
internal sealed record Plan(
    Command Command,
    PodIdentityHealthCheckOptions Token,
    FederatedPod? Federated,
    NmiHealthCheckOptions Nmi,
    Retries Retries,
    bool RunsOnTimeout,
    WatchPlan Watch,
    bool AllIdentities,
    bool AsJson)
{
    /// <summary>What is wrong is found in the values' problems.</summary>
    public static Plan Read(Command command, Values values)
    {
        var timeout = values.Read(ProbeSetting.AttemptTimeout);
        var token = ReadToken(values, timeout);
        var nmi = ReadNmi(values, timeout);
        token.NmiHealthEndpoint = NmiEndpoint.Of(nmi);
        nmi.MetadataAddress = token.TokenEndpoint ?? MetadataService.Address;
        var federated = FederatedPod.Read(token, values.Variable);
        if (federated is null && command.Mode is not Mode.Check && values.Text(ProbeSetting.AttemptTimeout) is null)
        {
            // NMI may wait that long before it says why there is no token. Its health is known at once, and so is what Microsoft Entra ID says.
            token.AttemptTimeout = TimeSpan.FromMinutes(2);
        }

        if (federated?.FindProblem() is { } problem)
        {
            values.Errors.Add(problem.Variable, SafeText.Address(problem.Value), problem.Rule, problem.Example);
        }

        if (federated is { HasBinding: false } && command.Subjects.HasFlag(Subjects.Token)
            && values.Variable(TrustedRoots.FileVariable) is { Length: > 0 } bundle && !PemBundle.HasAny(bundle))
        {
            values.Errors.Add(
                TrustedRoots.FileVariable,
                SafeText.ForPeople(bundle),
                bundle.Trim().Length < bundle.Length ? "it must not begin or end with white space" : "it must be a readable file of CA certificates in PEM format, of at most 4 MiB",
                "/etc/ssl/certs/ca-certificates.crt");
        }

        var lifetime = values.Read(ProbeSetting.ResultLifetime, token.LifetimeOf(isGood: true, isOfEntra: federated is not null));
        var watch = new WatchPlan(
            values.Read(ProbeSetting.Interval),
            lifetime,
            values.Read(ProbeSetting.StatusFile),
            values.Read(ProbeSetting.Listen),
            values.Read(ProbeSetting.FailingFor));
        var plan = new Plan(
            command,
            token,
            federated,
            nmi,
            ReadRetries(values),
            values.Read(ProbeSetting.OnTimeout),
            watch,
            values.Read(ProbeSetting.AllIdentities),
            values.Read(ProbeSetting.Output));

        PodIdentityOptionsValidator.CheckIdentity(token, values.Errors);
        if (MetadataService.Address.Scheme is not "http")
        {
            values.Errors.Add(
                MetadataService.AuthorityHostVariable, MetadataService.Address, $"it must be {ProbeSetting.TokenEndpoint.Accepted}", "http://169.254.169.254/");
        }

        foreach (var part in new ProbeSetting[] { ProbeSetting.HostIp, ProbeSetting.Port, ProbeSetting.Path }.Where(p => values.IsFlag(p) && values.IsFlag(ProbeSetting.NmiHealthEndpoint)))
        {
            values.Complain(part, values.Text(part), $"{ProbeSetting.NmiHealthEndpoint.Flag} is also set, and is the whole address: set only one of them");
        }

        if (nmi.HostIp is not null)
        {
            NmiOptionsValidator.CheckParts(nmi, values.Errors);
        }
        else if (command.Subjects.HasFlag(Subjects.Nmi) && values.Text(ProbeSetting.NmiHealthEndpoint) is null)
        {
            values.Complain(
                ProbeSetting.HostIp,
                null,
                $"the node's address is required to check NMI. Add it to the container's spec, or use {ProbeSetting.HostIp.Flag} or {ProbeSetting.NmiHealthEndpoint.Flag}",
                "env: [{name: HOST_IP, valueFrom: {fieldRef: {fieldPath: status.hostIP}}}]");
        }

        return plan;
    }

    private static PodIdentityHealthCheckOptions ReadToken(Values values, TimeSpan timeout) => new()
    {
        TokenEndpoint = values.Read(ProbeSetting.TokenEndpoint),
        Resource = values.Read(ProbeSetting.Resource)!,
        ClientId = values.Read(ProbeSetting.ClientId),
        ResourceId = values.Read(ProbeSetting.ResourceId),
        ObjectId = values.Read(ProbeSetting.ObjectId),
        ExpectedClientId = values.Read(ProbeSetting.ExpectedClientId),
        ExpectedObjectId = values.Read(ProbeSetting.ExpectedObjectId),
        ExpectedTenantId = values.Read(ProbeSetting.ExpectedTenantId),
        ExpectedResourceId = values.Read(ProbeSetting.ExpectedResourceId),
        RequiredResponder = values.Read(ProbeSetting.RequiredResponder),
        MinimumTokenLifetime = values.Read(ProbeSetting.MinimumTokenLifetime),
        AttemptTimeout = timeout,
    };

    private static NmiHealthCheckOptions ReadNmi(Values values, TimeSpan timeout) => new()
    {
        HostIp = values.Read(ProbeSetting.HostIp),
        Port = values.Read(ProbeSetting.Port),
        Path = values.Read(ProbeSetting.Path)!,
        Endpoint = values.Read(ProbeSetting.NmiHealthEndpoint),
        RequireActive = values.Read(ProbeSetting.RequireActive),
        VerifyInterception = values.Read(ProbeSetting.VerifyInterception),
        AttemptTimeout = timeout,
    };

    private static Retries ReadRetries(Values values)
    {
        // A min that is raised alone raises the max.
        var usual = ProbeSetting.RetryMax.Default;
        var min = values.Read(ProbeSetting.RetryMin);
        var max = values.Read(ProbeSetting.RetryMax, min > usual ? min : usual);
        if (max < min)
        {
            values.Complain(ProbeSetting.RetryMax, values.Text(ProbeSetting.RetryMax), $"it must not be less than {values.NameOf(ProbeSetting.RetryMin)}, which is {Phrases.For(min)}", $"{min.TotalSeconds:0.###}s");
        }

        return new Retries(min, max, values.Read(ProbeSetting.RetryCount));
    }
}
