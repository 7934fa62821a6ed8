using PodIdentity.HealthChecks.Probe.Asking;
using PodIdentity.HealthChecks.Probe.Tests.Running;

namespace PodIdentity.HealthChecks.Probe.Tests.Asking;

public sealed class QuestionsInTurnTests
{
    [Fact]
    public async Task After_the_first_that_fails_nothing_is_asked_and_the_failure_is_told()
    {
        var nmi = new Scripted(Scripted.Healthy("nmi"), Scripted.Failing(PodIdentityFailureReason.NmiUnreachable, subject: "nmi"));
        var (token, failures) = (new Scripted(Scripted.Failing(PodIdentityFailureReason.InvalidResponse)), 0);
        var questions = new QuestionsInTurn([nmi, token], () => failures++);

        Assert.Equal(2, (await questions.AskAsync(TestContext.Current.CancellationToken)).Count);
        Assert.Equal((1, 0), (token.Asked, failures));
        Assert.Single(await questions.AskAsync(TestContext.Current.CancellationToken));
        Assert.Equal((1, 1), (token.Asked, failures));
    }
}
