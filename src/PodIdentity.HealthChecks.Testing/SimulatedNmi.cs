using System.Diagnostics.CodeAnalysis;
using PodIdentity.HealthChecks.Testing.Validation;

namespace PodIdentity.HealthChecks.Testing;

/// <summary>The state of the simulated Node Managed Identity server.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A cancellation source without a timer holds nothing that needs freeing.")]
public sealed class SimulatedNmi
{
    private readonly object _lock = new();
    private readonly Action _changed;
    private CancellationTokenSource _process = new();
    private volatile NmiState _state = NmiState.Active;

    internal SimulatedNmi(Action changed) => _changed = changed;

    /// <summary>Gets the state of NMI.</summary>
    /// <value>The simulator starts with <see cref="NmiState.Active"/>.</value>
    public NmiState State => _state;

    /// <summary>Gets or sets the mode of operation.</summary>
    /// <value>The default is <see cref="NmiMode.Standard"/>.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is not a member of the enumeration.</exception>
    public NmiMode Mode
    {
        get;
        set => field = Accept.Defined(value);
    }

    /// <summary>Gets or sets the flag <c>--set-retry-after-header</c>: 503 with <c>Retry-After: 20</c> instead of 404.</summary>
    /// <value>The default is <see langword="false"/>.</value>
    public bool SetRetryAfterHeader { get; set; }

    /// <summary>Gets or sets the flag <c>--block-instance-metadata</c>.</summary>
    /// <value>The default is <see langword="false"/>.</value>
    public bool BlockInstanceMetadata { get; set; }

    /// <summary>Gets or sets how long NMI waits, in standard mode, before it checks again for a missing assignment.</summary>
    /// <value>The default is 5 seconds; scaled by <see cref="PodIdentitySimulatorOptions.TimeScale"/>.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public TimeSpan AssignmentRetryInterval
    {
        get;
        set => field = Accept.NotNegative(value);
    } = TimeSpan.FromSeconds(5);

    /// <summary>Gets or sets how many times NMI looks for a binding before it gives up.</summary>
    /// <value>The default is 16, which is 80 seconds.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int CreatedAttempts
    {
        get;
        set => field = Accept.NotNegative(value);
    } = 16;

    /// <summary>Gets or sets how many times NMI looks, in all, before it gives up on a binding that is not assigned to the node.</summary>
    /// <value>The default is 20, which is 100 seconds.</value>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int AssignedAttempts
    {
        get;
        set => field = Accept.NotNegative(value);
    } = 20;

    /// <summary>Gets the life of NMI's process: its own requests to IMDS outlive its callers, but not this.</summary>
    internal CancellationToken Process
    {
        get
        {
            lock (_lock)
            {
                return _process.Token;
            }
        }
    }

    internal bool IsRunning => _state is NmiState.Active or NmiState.NotActive or NmiState.Stopping;

    /// <summary>Switches NMI's state.</summary>
    /// <param name="state">The state. <see cref="NmiState.Stopped"/> and <see cref="NmiState.Killed"/> abort NMI's open connections
    /// and whatever it was doing; <see cref="NmiState.Stopping"/> leaves both alone.</param>
    /// <returns>A task that completes when new connections see the state.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="state"/> is not a value of the enumeration.</exception>
    public async Task SetStateAsync(NmiState state)
    {
        if (!Enum.IsDefined(state))
        {
            throw new ArgumentOutOfRangeException(nameof(state), state, "Not a state of NMI. Example: NmiState.Stopped.");
        }

        CancellationTokenSource? ended = null;
        lock (_lock)
        {
            _state = state;
            if (!IsRunning)
            {
                ended = _process;
                _process = new CancellationTokenSource();
            }

            _changed();
        }

        if (ended is not null)
        {
            await ended.CancelAsync().ConfigureAwait(false);
        }
    }

    internal async Task EndAsync()
    {
        CancellationTokenSource ended;
        lock (_lock)
        {
            ended = _process;
        }

        await ended.CancelAsync().ConfigureAwait(false);
    }
}
