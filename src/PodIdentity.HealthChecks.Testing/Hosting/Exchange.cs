namespace PodIdentity.HealthChecks.Testing.Hosting;

/// <summary>A request and what became of it. Without an answer it is open, or its caller or responder has gone.</summary>
internal sealed class Exchange(SimulatedRequest request, TimeProvider time)
{
    private static readonly AsyncLocal<Exchange?> Current = new();

    private readonly long _start = time.GetTimestamp();
    private readonly object _lock = new();
    private TimeSpan? _took;
    private int? _status;
    private bool _reachedImds;

    public SimulatedRequest Request => request;

    /// <summary>Notes that the request in whose course this is called has reached IMDS.</summary>
    public static void ReachImds()
    {
        if (Current.Value is { } exchange)
        {
            lock (exchange._lock)
            {
                exchange._reachedImds = true;
            }
        }
    }

    public void Begin() => Current.Value = this;

    public void Answer(int status)
    {
        lock (_lock)
        {
            _status = status;
        }
    }

    public void End()
    {
        lock (_lock)
        {
            _took = time.GetElapsedTime(_start);
        }
    }

    /// <summary>How it stands now.</summary>
    public ExchangeState Read()
    {
        lock (_lock)
        {
            return new(_status, _reachedImds, _took ?? time.GetElapsedTime(_start), IsOpen: _took is null);
        }
    }
}

/// <summary>How an exchange stands: the status answered, if any, whether IMDS was asked, and for how long it has lasted.</summary>
internal readonly record struct ExchangeState(int? Status, bool ReachedImds, TimeSpan Took, bool IsOpen);

/// <summary>The last exchanges, in the order of their beginning.</summary>
internal sealed class ExchangeLog(TimeProvider time)
{
    private const int Capacity = 100;

    private readonly object _lock = new();
    private readonly Queue<Exchange> _exchanges = new();

    public Exchange Begin(SimulatedRequest request)
    {
        lock (_lock)
        {
            if (_exchanges.Count == Capacity)
            {
                _exchanges.Dequeue();
            }

            var exchange = new Exchange(request, time);
            _exchanges.Enqueue(exchange);
            return exchange;
        }
    }

    public IReadOnlyList<Exchange> Snapshot()
    {
        lock (_lock)
        {
            return [.. _exchanges];
        }
    }
}
