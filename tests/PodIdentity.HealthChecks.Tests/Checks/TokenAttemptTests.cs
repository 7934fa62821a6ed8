using PodIdentity.HealthChecks.Checks;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Tests.Model;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Tests.Checks;

/// <summary>What stands when a token source has nothing new to say.</summary>
public sealed class TokenAttemptTests
{
    [Theory]
    [InlineData(nameof(TransportFailure.NotSent))]
    [InlineData(nameof(TransportFailure.StillRunning))]
    public async Task A_request_that_was_never_sent_leaves_what_is_known(string failure)
    {
        var clock = new ManualTimeProvider();
        var node = new ModelNode(clock);
        var source = new ScriptedSource(
            new TokenExchange { Endpoint = "http://h/t", Status = 404, Responder = PodIdentityResponder.Nmi, Known = KnownAnswer.NoIdentityFound },
            new TokenExchange { Endpoint = null, Failure = Enum.Parse<TransportFailure>(failure) });
        var options = new PodIdentityHealthCheckOptions { NmiHealthEndpoint = new Uri("http://10.0.0.1:8085/healthz") };
        using var attempt = new TokenAttempt(options, (_, _) => source, clock, () => node.Connect("check"));

        Assert.Equal(PodIdentityFailureReason.IdentityNotBound, (await attempt.RunAsync(TestContext.Current.CancellationToken)).Reason);
        Assert.Equal(PodIdentityFailureReason.IdentityNotBound, (await attempt.RunAsync(TestContext.Current.CancellationToken)).Reason);
        Assert.Equal(2, source.Asked);
    }

    private sealed class ScriptedSource(params TokenExchange[] exchanges) : ITokenSource
    {
        public int Asked { get; private set; }

        public bool AsksMetadataService => true;

        public Func<TokenRequestInFlight>? Resend => null;

        public Task<Asked> AskAsync(TimeSpan timeout, CancellationToken stopping) => Task.FromResult(new Asked(exchanges[Asked++]));

        public Observation Complete(Observation seen) => seen;
    }
}
