using System.Diagnostics.CodeAnalysis;

namespace PodIdentity.HealthChecks.Testing.Development.Page;

/// <summary>Somebody who is asked time and again whether the pod is fit to serve. The last answer counts until the next one comes.</summary>
internal sealed class Lane(string name, string about, bool isJudged, Func<CancellationToken, Task<Told>> askAsync)
{
    private Task _asking = Task.CompletedTask;
    private volatile Told? _last;

    public string Name => name;

    /// <summary>Gets what it is, in a few words.</summary>
    public string About => about;

    /// <summary>Gets whether it claims to know the truth now. A check that keeps failures back on purpose, or asks for no token, does not.</summary>
    public bool IsJudged => isJudged;

    /// <summary>Gets the last answer; <see langword="null"/> before the first.</summary>
    public Told? Last => _last;

    /// <summary>Asks, unless the question before is still open.</summary>
    /// <returns>A task that completes with the answer.</returns>
    public Task AskAsync(CancellationToken cancellationToken) => _asking.IsCompleted ? _asking = AskOnceAsync(cancellationToken) : _asking;

    [SuppressMessage("Design", "CA1031", Justification = "Whatever a check throws is its answer, as for the framework.")]
    private async Task AskOnceAsync(CancellationToken cancellationToken)
    {
        try
        {
            _last = await askAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // nobody looks any more
        }
        catch (Exception e)
        {
            _last = Told.Fail(e.GetType().Name, "The check threw this exception.");
        }
    }
}
