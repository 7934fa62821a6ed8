namespace PodIdentity.HealthChecks.Testing;

/// <summary>The requests received so far, and those who wait for more of them.</summary>
internal sealed class RequestLog
{
    private const int Capacity = 100_000;

    private readonly object _lock = new();
    private readonly Queue<SimulatedRequest> _requests = new();
    private readonly List<Waiter> _waiters = [];

    public IReadOnlyList<SimulatedRequest> Snapshot()
    {
        lock (_lock)
        {
            return [.. _requests];
        }
    }

    public void Clear()
    {
        lock (_lock)
        {
            _requests.Clear();
        }
    }

    public void Add(SimulatedRequest request)
    {
        List<Waiter> satisfied = [];
        lock (_lock)
        {
            if (_requests.Count == Capacity)
            {
                _requests.Dequeue();
            }

            _requests.Enqueue(request);
            satisfied.AddRange(_waiters.Where(w => w.Matches(request) && --w.Missing == 0));
            _waiters.RemoveAll(satisfied.Contains);
        }

        satisfied.ForEach(w => w.Arrived.TrySetResult());
    }

    public async Task WhenAsync(Func<SimulatedRequest, bool> predicate, int count, CancellationToken cancellationToken)
    {
        Waiter waiter;
        lock (_lock)
        {
            var missing = count - _requests.Count(predicate);
            if (missing <= 0)
            {
                return;
            }

            waiter = new Waiter(predicate) { Missing = missing };
            _waiters.Add(waiter);
        }

        try
        {
            await waiter.Arrived.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            lock (_lock)
            {
                _waiters.Remove(waiter);
            }
        }
    }

    private sealed class Waiter(Func<SimulatedRequest, bool> predicate)
    {
        public int Missing { get; set; }

        public TaskCompletionSource Arrived { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Matches(SimulatedRequest request) => predicate(request);
    }
}
