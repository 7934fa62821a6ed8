using System.Diagnostics;

namespace PodIdentity.HealthChecks.ClusterTests.Cluster;

/// <summary>All that happens to the strategies' pods, in order, as the API server reports it.</summary>
internal sealed class PodWatch : IAsyncDisposable
{
    private readonly Lock _lock = new();
    private readonly List<PodSeen> _seen = [];
    private readonly TimeProvider _time;
    private readonly Process _process;
    private readonly Task _reading;
    private TaskCompletionSource _news = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public PodWatch(Kubectl kubectl, TimeProvider time)
    {
        _time = time;
        _process = Shell.Start(kubectl.Command("get", "pods", "--all-namespaces", "--watch", "--output-watch-events", "-o", PodSeen.Template));
        _reading = ReadAsync();
    }

    /// <summary>What was seen of a namespace's pods, one after the other.</summary>
    public IReadOnlyList<PodSeen> Of(string @namespace)
    {
        lock (_lock)
        {
            return [.. _seen.Where(s => string.Equals(s.Namespace, @namespace, StringComparison.Ordinal))];
        }
    }

    /// <returns>The pod as last seen, if there is one.</returns>
    public PodSeen? Latest(string @namespace) => Of(@namespace).GroupBy(s => s.Name, StringComparer.Ordinal).Select(g => g.Last()).LastOrDefault(s => !s.IsGone);

    /// <summary>Forgets what was seen so far.</summary>
    public void Clear()
    {
        lock (_lock)
        {
            _seen.Clear();
        }
    }

    /// <returns>Whether it came true in time.</returns>
    public async Task<bool> WhenAsync(Func<bool> condition, TimeSpan most, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(most, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            while (true)
            {
                var news = _news.Task;
                if (condition())
                {
                    return true;
                }

                if (_reading.IsCompleted)
                {
                    throw new InvalidOperationException("The watch on the pods has ended.", _reading.Exception);
                }

                await Task.WhenAny(news, _reading).WaitAsync(either.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return condition();
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _reading.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        while (await _process.StandardOutput.ReadLineAsync() is { } line)
        {
            var seen = PodSeen.Parse(line, _time.GetUtcNow());
            lock (_lock)
            {
                _seen.Add(seen);
            }

            Interlocked.Exchange(ref _news, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        }
    }
}
