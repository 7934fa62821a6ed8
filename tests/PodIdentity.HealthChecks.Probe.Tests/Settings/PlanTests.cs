using PodIdentity.HealthChecks.Probe.Settings;
using static PodIdentity.HealthChecks.Probe.Settings.ProbeSetting;

namespace PodIdentity.HealthChecks.Probe.Tests.Settings;

/// <summary>Every setting takes effect, as a flag and as a variable.</summary>
public sealed class PlanTests
{
    private const string Guid = "6f9619ff-8b86-d011-b42d-00c04fc964ff";
    private const string ArmId = "/subscriptions/s/resourceGroups/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i";

    /// <summary>What is read into the plan, and where it is found there.</summary>
    private static readonly (ProbeSetting Setting, string Value, Func<Plan, object?> Effect, object Expected)[] Table =
    [
        (TokenEndpoint, "http://10.0.0.1/token", p => p.Token.TokenEndpoint, new Uri("http://10.0.0.1/token")),
        (Resource, "https://vault.azure.net", p => p.Token.Resource, "https://vault.azure.net"),
        (ClientId, Guid, p => p.Token.ClientId, Guid),
        (ResourceId, ArmId, p => p.Token.ResourceId, ArmId),
        (ObjectId, Guid, p => p.Token.ObjectId, Guid),
        (ExpectedClientId, Guid, p => p.Token.ExpectedClientId, Guid),
        (ExpectedObjectId, Guid, p => p.Token.ExpectedObjectId, Guid),
        (ExpectedResourceId, ArmId, p => p.Token.ExpectedResourceId, ArmId),
        (ExpectedTenantId, Guid, p => p.Token.ExpectedTenantId, Guid),
        (RequiredResponder, "workloadidentityproxy", p => p.Token.RequiredResponder, PodIdentityResponder.WorkloadIdentityProxy),
        (MinimumTokenLifetime, "1h30m", p => p.Token.MinimumTokenLifetime, TimeSpan.FromMinutes(90)),
        (AttemptTimeout, "150ms", p => (p.Token.AttemptTimeout, p.Nmi.AttemptTimeout), (TimeSpan.FromMilliseconds(150), TimeSpan.FromMilliseconds(150))),
        (HostIp, "10.0.0.2", p => p.Token.NmiHealthEndpoint, new Uri("http://10.0.0.2:8085/healthz")),
        (Port, "9000", p => p.Token.NmiHealthEndpoint, new Uri("http://10.0.0.1:9000/healthz")),
        (ProbeSetting.Path, "/other", p => p.Token.NmiHealthEndpoint, new Uri("http://10.0.0.1:8085/other")),
        (NmiHealthEndpoint, "http://10.0.0.2/health", p => p.Token.NmiHealthEndpoint, new Uri("http://10.0.0.2/health")),
        (RequireActive, "false", p => p.Nmi.RequireActive, false),
        (VerifyInterception, "0", p => p.Nmi.VerifyInterception, false),
        (RetryMin, "0", p => p.Retries.Min, TimeSpan.Zero),
        (RetryMax, "1m", p => p.Retries.Max, TimeSpan.FromMinutes(1)),
        (RetryCount, " 7 ", p => p.Retries.Count, 7),
        (OnTimeout, "run", p => p.RunsOnTimeout, true),
        (Interval, "1s", p => p.Watch.Interval, TimeSpan.FromSeconds(1)),
        (ResultLifetime, "0.5", p => p.Watch.ResultLifetime, TimeSpan.FromSeconds(0.5)),
        (StatusFile, "/shared/identity", p => p.Watch.StatusFile, "/shared/identity"),
        (FailingFor, "90s", p => p.Watch.FailingFor, TimeSpan.FromSeconds(90)),
        (Listen, "127.0.0.1:8090", p => p.Watch.Listen, System.Net.IPEndPoint.Parse("127.0.0.1:8090")),
        (AllIdentities, "true", p => p.AllIdentities, true),
        (ProbeSetting.Output, "JSON", p => p.AsJson, true),
    ];

    public static TheoryData<string> Flags => [.. Table.Select(row => row.Setting.Flag)];

    [Theory]
    [MemberData(nameof(Flags))]
    public void A_setting_takes_effect_as_a_flag_and_as_a_variable_and_not_by_default(string flag)
    {
        var (setting, value, effect, expected) = Table.Single(row => row.Setting.Flag.Equals(flag, StringComparison.Ordinal));

        var verb = setting.UsedBy.HasFlag(Mode.Watch) ? "watch" : Verb.All.First(v => setting.UsedBy.HasFlag(v.Mode)).Name;
        string[] command = verb is "doctor" ? [verb] : [verb, "token"];
        string[] program = verb is "exec" ? ["--", "true"] : [];

        Assert.Equal(expected, effect(Read([.. command, $"{setting.Flag}={value}", .. program])));
        Assert.Equal(expected, effect(Read([.. command, .. program], (setting.Variable, value))));
        Assert.Equal(expected, effect(Read([.. command, setting.Flag, value, .. program], (setting.Variable, "wrong"))));
        Assert.NotEqual(expected, effect(Read([.. command, .. program])));
        Assert.NotEqual(expected, effect(Read([.. command, .. program], (setting.Variable, " "))));
    }

    [Theory]
    [InlineData("watch token", 300)]
    [InlineData("watch token --result-lifetime 20s", 20)]
    [InlineData("watch token --required-responder WorkloadIdentityProxy", 10)]
    public void Entra_is_asked_every_five_minutes_unless_told_otherwise(string arguments, int seconds)
    {
        var plan = Read(arguments.Split(' '), ("AZURE_FEDERATED_TOKEN_FILE", "/token"), ("AZURE_TENANT_ID", Guid), ("AZURE_CLIENT_ID", Guid));

        Assert.Equal(TimeSpan.FromSeconds(seconds), plan.Watch.ResultLifetime);
    }

    [Fact]
    public void The_table_is_complete_but_for_what_comes_before_any_plan() =>
        Assert.Equal(All.Except([Disabled]), Table.Select(row => row.Setting));

    [Theory]
    [InlineData("check token", 3)]
    [InlineData("wait token", 120)]
    [InlineData("watch all", 120)]
    public void Only_wait_and_watch_wait_for_what_NMI_says_about_a_token(string command, int seconds)
    {
        var plan = Read(command.Split(' '));

        Assert.Equal((seconds, 3), (plan.Token.AttemptTimeout.TotalSeconds, plan.Nmi.AttemptTimeout.TotalSeconds));
    }

    [Fact]
    public void A_min_delay_that_is_raised_alone_raises_the_max() => Assert.Equal(TimeSpan.FromMinutes(1), Read(["wait", "token", "--retry-min", "1m"]).Retries.Max);

    [Fact]
    public void Only_a_watch_writes_a_status_file() => Assert.Null(Read(["wait", "token"], ("POD_IDENTITY_STATUS_FILE", "/shared/identity")).Watch.StatusFile);

    [Fact]
    public void Without_arguments_it_is_wait_token() => Assert.Equal(new Command(Mode.Wait, Subjects.Token), Read([]).Command);

    private static Plan Read(string[] words, params (string Name, string Value)[] environment)
    {
        var arguments = new Arguments(words);
        var values = new Values(arguments, Variables.Of([("HOST_IP", "10.0.0.1"), .. environment]));
        var plan = Plan.Read(arguments.Command, values);
        Assert.Empty(values.Problems);
        return plan;
    }
}
