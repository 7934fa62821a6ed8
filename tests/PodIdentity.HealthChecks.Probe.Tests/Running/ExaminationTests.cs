using PodIdentity.HealthChecks.Checks;
using PodIdentity.HealthChecks.Probe.Asking;
using PodIdentity.HealthChecks.Probe.Examining;
using PodIdentity.HealthChecks.Probe.Output;
using PodIdentity.HealthChecks.Probe.Settings;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Probe.Tests.Running;

/// <summary>How <c>doctor</c> waits for a token.</summary>
public sealed class ExaminationTests
{
    [Fact]
    public async Task It_asks_for_three_tokens_at_most_however_long_NMI_is_silent()
    {
        var clock = new ManualTimeProvider();
        await using var node = await Pod.StartAsync(clock);
        node.Imds.Fault = ImdsFault.Hang;
        var environment = node.Environment().ToDictionary(StringComparer.Ordinal);
        var plan = Plan.Read(new Arguments(["doctor"]).Command, new Values(new Arguments(["doctor"]), environment));
        TokenAttempt AttemptOf(Plan plan) => new(plan.Token, (client, _) => new DirectTokenSource(client, plan.Token, isOnlyAttempt: false, clock), clock)
        {
            HasMemory = false,
            Patience = plan.Token.AttemptTimeout,
        };
        var lines = new Lines();

        var run = new Examination(plan, AttemptOf, new TrustedRoots(environment.GetValueOrDefault), environment.GetValueOrDefault, clock, new TextReport(lines)).RunAsync(TestContext.Current.CancellationToken);
        for (var sent = 1; sent <= 3; sent++)
        {
            await node.WhenRequests(Pod.IsTokenRequest, sent, TestContext.Current.CancellationToken);
            await clock.WhenWaitingFor(PendingTokenRequest.ResendAfter);
            clock.Advance(PendingTokenRequest.ResendAfter);
        }

        Assert.Equal(ExitCode.TokenService, await run);
        Assert.Equal(3, node.TokenRequests().Count);
        Assert.Contains(lines.All, l => l.StartsWith("✗ token             NMI is alive and has had no answer from IMDS for 2 min 3 s", StringComparison.Ordinal));
    }
}
