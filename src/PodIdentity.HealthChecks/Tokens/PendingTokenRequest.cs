using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>
/// A token request left pending long enough to hear why there is no token: NMI says so after 80 to 112 s. NMI's own request to an IMDS that
/// hangs never ends, and does not see IMDS come back: so the request is sent again, as often as is no harm. After a refusal those that were sent
/// later go on: NMI may find the identity for one of them at any moment.
/// </summary>
#pragma warning disable CA1001 // Its cancellation has no timer and no link, so there is nothing to dispose.
internal sealed class PendingTokenRequest
#pragma warning restore CA1001
{
    /// <summary>
    /// How long after a request the next one is sent. An IMDS that hung is seen to be back within 45 s, and no more than three requests are
    /// sent in 120 s: NMI goes on trying for callers that have left.
    /// </summary>
    public static readonly TimeSpan ResendAfter = TimeSpan.FromSeconds(41);

    /// <summary>More than the 112 s after which NMI gives up on IMDS.</summary>
    public static readonly TimeSpan MaxWait = 3 * ResendAfter;

    /// <summary>Timers may be early by a millisecond each.</summary>
    private static readonly TimeSpan Leeway = TimeSpan.FromSeconds(1);

    private readonly Func<TokenRequestInFlight> _send;
    private readonly TimeProvider _time;
    private readonly long _beganAt;
    private readonly CancellationTokenSource _cancelled = new();

    /// <summary>The oldest comes first. It is replaced and never changed, as it is read from elsewhere.</summary>
    private TokenRequestInFlight[] _inFlight = [];
    private Task? _due;

    /// <summary>When NMI last refused, or was recognised again: what was sent before may be lost, and its silence says nothing.</summary>
    private long _heardAt = long.MinValue;
    private bool _isMissed;

    /// <summary>Begins with the request that was sent; or, after a supplied credential's own that nobody sees, with the one that is sent next.</summary>
    public PendingTokenRequest(TokenRequestInFlight? inFlight, long sentAt, Func<TokenRequestInFlight> send, TimeProvider time)
    {
        (_send, _time, LastSentAt, _beganAt) = (send, time, sentAt, sentAt);
        if (inFlight is not null)
        {
            Add(inFlight);
        }

        Answer = RunAsync();
    }

    /// <summary>Completes with the next answer; or, when a request has had none for <see cref="MaxWait"/>, with the silence.</summary>
    public Task<TokenExchange> Answer { get; private set; }

    public long LastSentAt { get; private set; }

    /// <summary>When the answer came, once there is one.</summary>
    public long AnsweredAt { get; private set; }

    /// <summary>How long it took, once there is one.</summary>
    public TimeSpan Took { get; private set; }

    /// <summary>How long NMI has been silent: no longer than it may be before it says why, unless a request has been out for so long.</summary>
    public TimeSpan Waited
    {
        get
        {
            var (max, waited) = (FailureTable.LongestWaitOfNmi, _time.GetElapsedTime(Math.Max(_beganAt, _heardAt)));
            return waited > max && !(Array.Find(_inFlight, IsHeeded) is { } request && _time.GetElapsedTime(request.SentAt) > max) ? max : waited;
        }
    }

    /// <summary>Waits for the answer, for a while.</summary>
    public async Task<TokenExchange> WaitAsync(TimeSpan timeout, TokenExchange unanswered, CancellationToken stopping)
    {
        try
        {
            return await Answer.WaitAsync(timeout, _time, stopping).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return unanswered with { Waited = Waited };
        }
        catch (OperationCanceledException)
        {
            Cancel();
            throw;
        }
    }

    /// <summary>NMI was looked for.</summary>
    public void LookedForNmi(bool isThere)
    {
        if (!isThere || _isMissed)
        {
            (_heardAt, _isMissed) = (_time.GetTimestamp(), !isThere);
        }
    }

    /// <summary>Goes on with the requests that are still out, unless the next one is due: whoever asks next sends that.</summary>
    public bool TryContinue()
    {
        var isDue = _time.GetElapsedTime(LastSentAt) >= ResendAfter;
        if (_inFlight.Length == 0 || (isDue && !Array.Exists(_inFlight, r => r.Reply.IsCompleted)))
        {
            return false;
        }

        Answer = RunAsync();
        return true;
    }

    public void Cancel() => _cancelled.Cancel();

    private void Add(TokenRequestInFlight request)
    {
        request.AbandonOn(_cancelled.Token);
        _inFlight = [.. _inFlight, request];
    }

    private bool IsHeeded(TokenRequestInFlight request) => request.SentAt > _heardAt;

    private async Task<TokenExchange> RunAsync()
    {
        while (true)
        {
            var left = ResendAfter - _time.GetElapsedTime(LastSentAt);
            _due ??= Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, _time, _cancelled.Token);
            var ended = await Task.WhenAny([.. _inFlight.Select(r => r.Reply), _due]).ConfigureAwait(false);
            if (_cancelled.IsCancellationRequested)
            {
                return Silence(Waited);
            }

            if (ended == _due)
            {
                if (_inFlight is [var oldest, ..] && _time.GetElapsedTime(oldest.SentAt) > MaxWait - Leeway)
                {
                    if (IsHeeded(oldest))
                    {
                        Cancel();
                        return Silence(Waited > MaxWait ? Waited : MaxWait);
                    }

                    oldest.Abandon();
                    _inFlight = _inFlight[1..];
                }

                (_due, LastSentAt) = (null, _time.GetTimestamp());
                Add(_send());
                continue;
            }

            var index = Array.FindIndex(_inFlight, r => r.Reply == ended);
            var (request, before) = (_inFlight[index], _inFlight[..index]);
            AnsweredAt = request.EndedAt ?? _time.GetTimestamp();
            Took = _time.GetElapsedTime(_inFlight[0].SentAt, AnsweredAt);
            _inFlight = [.. before, .. _inFlight[(index + 1)..]];

            // One whose connection broke says nothing; the others may still be answered.
            var exchange = request.Reply.IsCompletedSuccessfully
                ? (await request.Reply.ConfigureAwait(false)).Exchange
                : request.Unanswered with { Failure = TransportFailure.Broken };
            if (exchange.Failure is not TransportFailure.None && _inFlight.Length > 0)
            {
                continue;
            }

            // An older one could only tell what was.
            Array.ForEach(before, r => r.Abandon());
            (_inFlight, _heardAt) = (_inFlight[index..], Math.Max(_heardAt, AnsweredAt));
            if (exchange.Token is not null || _inFlight.Length == 0)
            {
                Cancel();
            }

            return exchange;
        }
    }

    private TokenExchange Silence(TimeSpan waited) =>
        new() { Endpoint = _inFlight.LastOrDefault()?.Endpoint, Failure = TransportFailure.TimedOut, Waited = waited };
}
