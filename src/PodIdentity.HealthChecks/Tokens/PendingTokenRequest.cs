using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>
/// A token request left pending long enough to hear why there is no token: NMI says so after 80 to 112 s. NMI's own request to an IMDS that
/// hangs never ends, and does not see IMDS come back: so the request is sent again, as often as is no harm. After a refusal the requests that are
/// still out go on: NMI may find the identity for one of them at any moment.
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
    public static readonly TimeSpan MaxWait = MaxRequests * ResendAfter;

    private const int MaxRequests = 3;

    private readonly Func<TokenRequestInFlight> _send;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _cancelled = new();
    private readonly List<(TokenRequestInFlight Request, CancellationTokenRegistration OnCancel)> _inFlight = [];
    private Task? _due;
    private int _sent;

    /// <summary>When the first request was sent whose answer arrives here.</summary>
    private long _listensSince;

    /// <summary>Begins with the request that was sent; or, after a supplied credential's own that nobody sees, with the one that is sent next.</summary>
    public PendingTokenRequest(TokenRequestInFlight? inFlight, long sentAt, Func<TokenRequestInFlight> send, TimeProvider time)
    {
        (_send, _time, LastSentAt, _listensSince) = (send, time, sentAt, sentAt);
        if (inFlight is not null)
        {
            Add(inFlight);
        }

        Answer = RunAsync();
    }

    /// <summary>Completes with the next answer; or, after <see cref="MaxWait"/>, with the silence.</summary>
    public Task<TokenExchange> Answer { get; private set; }

    /// <summary>Whether NMI was recognised whenever somebody looked: only then is silence NMI's.</summary>
    public bool IsAtNmi { get; set; } = true;

    public long LastSentAt { get; private set; }

    /// <summary>When the answer came, once there is one.</summary>
    public long AnsweredAt { get; private set; }

    /// <summary>How long it took, once there is one.</summary>
    public TimeSpan Took => _time.GetElapsedTime(_listensSince, AnsweredAt);

    /// <summary>How long NMI has been silent.</summary>
    public TimeSpan Waited => _time.GetElapsedTime(_listensSince);

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

    /// <summary>Goes on with the requests that are still out, unless the next one is due: whoever asks next sends that.</summary>
    public bool TryContinue()
    {
        if (_inFlight.Count == 0 || _time.GetElapsedTime(LastSentAt) >= ResendAfter)
        {
            return false;
        }

        (_sent, IsAtNmi) = (_inFlight.Count, true);
        Answer = RunAsync();
        return true;
    }

    public void Cancel() => _cancelled.Cancel();

    private void Add(TokenRequestInFlight request)
    {
        _sent++;
        _inFlight.Add((request, _cancelled.Token.UnsafeRegister(static sent => ((TokenRequestInFlight)sent!).Abandon(), request)));
    }

    private async Task<TokenExchange> RunAsync()
    {
        while (true)
        {
            var left = ResendAfter - _time.GetElapsedTime(LastSentAt);
            _due ??= Task.Delay(left > TimeSpan.Zero ? left : TimeSpan.Zero, _time, _cancelled.Token);
            var ended = await Task.WhenAny([_due, .. _inFlight.Select(r => r.Request.Reply)]).ConfigureAwait(false);
            AnsweredAt = _time.GetTimestamp();
            var hasRunOut = ended == _due && _sent == MaxRequests;
            if (_cancelled.IsCancellationRequested || hasRunOut)
            {
                // Timers may be early by a millisecond each.
                var waited = hasRunOut ? MaxWait : Waited;
                Cancel();
                return new TokenExchange { Endpoint = _inFlight.LastOrDefault().Request?.Endpoint, Failure = TransportFailure.TimedOut, Waited = waited };
            }

            if (ended == _due)
            {
                (_due, LastSentAt) = (null, _time.GetTimestamp());
                _listensSince = _sent == 0 ? LastSentAt : _listensSince;
                Add(_send());
                continue;
            }

            var (request, onCancel) = _inFlight.Find(r => r.Request.Reply == ended);
            _inFlight.Remove((request, onCancel));
            onCancel.Unregister();

            // One whose connection broke says nothing; the others may still be answered.
            var exchange = request.Reply.IsCompletedSuccessfully
                ? (await request.Reply.ConfigureAwait(false)).Exchange
                : request.Unanswered with { Failure = TransportFailure.Broken };
            if (exchange.Token is not null || _inFlight.Count == 0)
            {
                Cancel();
                return exchange;
            }

            if (exchange.Failure is TransportFailure.None)
            {
                return exchange;
            }
        }
    }
}
