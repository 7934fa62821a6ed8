namespace PodIdentity.HealthChecks.Testing.Tests;

/// <summary>What no switch of the simulator takes: a mistake in a test is an error there, and not a wrong simulation.</summary>
public sealed class SettingTests
{
    private static readonly TimeSpan Negative = TimeSpan.FromTicks(-1);

    public static TheoryData<string, Action<PodIdentitySimulator>> Mistakes => new()
    {
        { "Mode must be a value of NmiMode, for example NmiMode.Standard.", s => s.Nmi.Mode = (NmiMode)99 },
        { "AssignmentRetryInterval must not be negative. Example: TimeSpan.FromSeconds(2).", s => s.Nmi.AssignmentRetryInterval = Negative },
        { "CreatedAttempts must not be negative. Example: 5.", s => s.Nmi.CreatedAttempts = -1 },
        { "AssignedAttempts must not be negative.", s => s.Nmi.AssignedAttempts = -1 },
        { "Fault must be a value of ImdsFault, for example ImdsFault.None.", s => s.Imds.Fault = (ImdsFault)99 },
        { "Latency must not be negative.", s => s.Imds.Latency = Negative },
        { "RequestsPerSecond must not be negative.", s => s.Imds.RequestsPerSecond = -1 },
        { "ConcurrentRequests must not be negative.", s => s.Imds.ConcurrentRequests = -1 },
        { "RetryAfter must not be negative.", s => s.Imds.RetryAfter = Negative },
        { "Fault must be a value of EntraFault, for example EntraFault.None.", s => s.Entra.Fault = (EntraFault)99 },
        { "RetryAfter must not be negative.", s => s.Entra.RetryAfter = Negative },
        { "PropagationDelay must not be negative.", s => s.Entra.PropagationDelay = Negative },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public async Task A_value_that_makes_no_sense_is_refused(string message, Action<PodIdentitySimulator> set)
    {
        await using var simulator = await PodIdentitySimulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);

        Assert.StartsWith(message, Assert.Throws<ArgumentOutOfRangeException>(() => set(simulator)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_unknown_state_of_NMI_is_refused_and_changes_nothing()
    {
        await using var simulator = await PodIdentitySimulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => simulator.Nmi.SetStateAsync((NmiState)99));

        Assert.Equal(NmiState.Active, simulator.Nmi.State);
    }

    [Fact]
    public async Task No_delay_and_no_Retry_After_are_settings()
    {
        await using var simulator = await PodIdentitySimulator.StartAsync(cancellationToken: TestContext.Current.CancellationToken);

        (simulator.Imds.Latency, simulator.Imds.RetryAfter, simulator.Entra.RetryAfter) = (TimeSpan.Zero, null, TimeSpan.Zero);

        Assert.Equal((TimeSpan.Zero, null, TimeSpan.Zero), (simulator.Imds.Latency, simulator.Imds.RetryAfter, simulator.Entra.RetryAfter));
    }
}
