using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
using PodIdentity.HealthChecks.Checks;
using PodIdentity.HealthChecks.Telemetry;
using PodIdentity.HealthChecks.Tests.Support;

namespace PodIdentity.HealthChecks.Tests.Checks;

/// <summary>The one check of a registration, however often the framework asks for it.</summary>
public sealed class CheckInstancesTests
{
    private readonly List<IAttempt> _attempts = [];

    [Fact]
    public void A_check_that_was_replaced_is_made_anew_and_ends_with_the_others()
    {
        using var services = new ServiceCollection().BuildServiceProvider();
        var registration = new object();
        var checks = new CheckInstances(services);

        var first = checks.GetOrCreate(registration, (_, _) => Create());
        var same = checks.GetOrCreate(registration, (_, _) => Create());
        checks.Replace();
        var second = checks.GetOrCreate(registration, (_, _) => Create());
        checks.Dispose();

        Assert.Same(first, same);
        Assert.NotSame(first, second);
        Assert.Equal(2, _attempts.Count);
        Assert.All(_attempts, attempt => attempt.Received(1).Dispose());
    }

    private VerdictGate Create()
    {
        var clock = new ManualTimeProvider();
        _attempts.Add(Substitute.For<IAttempt>());
        return new VerdictGate(
            "check", _attempts[^1], new PodIdentityHealthCheckOptions(), clock, new CheckLog(NullLogger.Instance, "check"), new CheckMetrics(factory: null, clock));
    }
}
