namespace PodIdentity.HealthChecks.Testing.Imds;

/// <summary>A limit on requests within any second and at once. What is turned away does not count.</summary>
internal sealed class Throttle(TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private readonly object _lock = new();
    private readonly Queue<long> _admitted = new();
    private int _underWay;

    public bool TryEnter(int perSecond, int atOnce)
    {
        lock (_lock)
        {
            var now = time.GetTimestamp();
            while (_admitted.TryPeek(out var first) && time.GetElapsedTime(first, now) >= Window)
            {
                _admitted.Dequeue();
            }

            if (_admitted.Count >= perSecond || _underWay >= atOnce)
            {
                return false;
            }

            _admitted.Enqueue(now);
            _underWay++;
            return true;
        }
    }

    public void Leave()
    {
        lock (_lock)
        {
            _underWay--;
        }
    }
}
