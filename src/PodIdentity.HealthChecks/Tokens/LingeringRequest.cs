using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>
/// A token request that waits long enough to hear why there is no token: NMI tells after 80 to 112 s. It is sent beside the credential, whose
/// process-wide lock it would hold, and there is one at a time in a process.
/// </summary>
/// <param name="client">Sends over a <see cref="TokenTransport"/>, which reads the answer.</param>
/// <param name="address">The request, with its parameters.</param>
/// <param name="time">The clock.</param>
/// <param name="patience">How long it waits; by default <see cref="LongestWait"/>.</param>
internal sealed class LingeringRequest(HttpMessageInvoker client, Uri address, TimeProvider time, TimeSpan? patience = null)
{
    /// <summary>More than the 112 s after which NMI gives up on IMDS.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(120);

    /// <summary>A token that nobody came for in time says nothing about now: it is asked for again.</summary>
    private static readonly TimeSpan FreshnessOfToken = TimeSpan.FromSeconds(10);

    /// <summary>NMI's reason is worth more than another wait for it: it is kept for whoever probes seldom.</summary>
    private static readonly TimeSpan FreshnessOfReason = TimeSpan.FromMinutes(2);

    private static int _underWay;

    private readonly DirectTokenRequest _request = new(client, address, time);
    private Task<TokenExchange>? _answer;
    private long _start;
    private long _end;

    public bool IsWaiting => _answer is { IsCompleted: false };

    /// <summary>Completes when the request has ended, whatever came of it.</summary>
    public Task Ended => _answer ?? Task.CompletedTask;

    public TimeSpan Waited => time.GetElapsedTime(_start);

    /// <returns>Whether it was sent; it is not while another one of the process waits.</returns>
    public bool TryStart(CancellationToken stopping)
    {
        if (Interlocked.CompareExchange(ref _underWay, 1, 0) != 0)
        {
            return false;
        }

        _start = time.GetTimestamp();
        _answer = Task.Run(() => SendAsync(stopping), CancellationToken.None);
        return true;
    }

    /// <summary>Hands out the answer, once and while it is fresh.</summary>
    public TokenExchange? TakeAnswer()
    {
        if (_answer is not { IsCompletedSuccessfully: true } answer)
        {
            return null;
        }

        _answer = null;
        var freshness = answer.Result.Token is null ? FreshnessOfReason : FreshnessOfToken;
        return time.GetElapsedTime(Volatile.Read(ref _end)) < freshness ? answer.Result : null;
    }

    private async Task<TokenExchange> SendAsync(CancellationToken stopping)
    {
        try
        {
            return await _request.SendAsync(patience ?? LongestWait, stopping).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _end, time.GetTimestamp());
            Volatile.Write(ref _underWay, 0);
        }
    }
}
