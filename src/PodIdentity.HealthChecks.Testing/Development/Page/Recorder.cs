using System.Diagnostics.CodeAnalysis;

namespace PodIdentity.HealthChecks.Testing.Development.Page;

/// <summary>Asks all lanes once a second while somebody watches, and records the answers. Nobody is asked for a page that is not open.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A cancellation source without a timer holds nothing that needs freeing.")]
internal sealed class Recorder(IReadOnlyList<Lane> lanes, Func<Told> readTruth, TimeProvider time)
{
    public static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    /// <summary>How long a sample waits for answers: most come at once, and are then judged by the same moment's truth.</summary>
    private static readonly TimeSpan Patience = Period / 2;

    private readonly object _lock = new();
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CancellationTokenSource? _running;
    private int _watchers;

    public Timeline Timeline { get; } = new(lanes, Period);

    /// <summary>Begins to watch.</summary>
    /// <returns>What ends it when disposed.</returns>
    public IDisposable Watch()
    {
        lock (_lock)
        {
            if (_watchers++ == 0)
            {
                _running = new CancellationTokenSource();
                _ = RunAsync(_running.Token);
            }
        }

        return new Watcher(this);
    }

    /// <summary>Completes with the next sample.</summary>
    public Task NextAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return _next.Task.WaitAsync(cancellationToken);
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        try
        {
            do
            {
                await SampleAsync(cancellationToken).ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // the last one has left
        }
    }

    private async Task SampleAsync(CancellationToken cancellationToken)
    {
        var truth = readTruth();
        try
        {
            await Task.WhenAll(lanes.Select(lane => lane.AskAsync(cancellationToken))).WaitAsync(Patience, time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The last answers of those that are slow still count.
        }

        Timeline.Add(time.GetUtcNow(), truth, isSettled: readTruth() == truth);
        lock (_lock)
        {
            _next.SetResult();
            _next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    private void Leave()
    {
        lock (_lock)
        {
            if (--_watchers == 0)
            {
                _running?.Cancel();
                _running = null;
            }
        }
    }

    private sealed class Watcher(Recorder recorder) : IDisposable
    {
        private Recorder? _recorder = recorder;

        public void Dispose() => Interlocked.Exchange(ref _recorder, value: null)?.Leave();
    }
}
