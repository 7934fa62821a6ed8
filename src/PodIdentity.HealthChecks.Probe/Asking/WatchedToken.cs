using PodIdentity.HealthChecks.Checks;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Probe.Asking;

/// <summary>
/// The token, asked about again and again. A request may wait for NMI's reason for two minutes: meanwhile, and while a token is fresh or
/// IMDS is to be spared, it is NMI that is looked at, and the last token that was verified still counts.
/// </summary>
/// <param name="question">Reads and judges.</param>
/// <param name="resultLifetime">How long no token is asked for after one that was in order.</param>
/// <param name="patience">How long the first answer waits for the token.</param>
/// <param name="time">The clock.</param>
/// <param name="sayProgress">Says that a request waits, until it is disposed of.</param>
internal sealed class WatchedToken(
    TokenQuestion question, TimeSpan resultLifetime, TimeSpan patience, TimeProvider time, Func<IDisposable?> sayProgress) : IQuestion
{
    private readonly LingeringRequest _request = question.Lingering();
    private readonly BackOff _backOff = new(time);
    private DateTimeOffset _freshUntil = DateTimeOffset.MinValue;
    private Observation? _standing;

    /// <summary>Completes when no request waits any more.</summary>
    public Task Ended => _request.Ended;

    public async Task<IReadOnlyList<Answer>> AskAsync(CancellationToken stopping)
    {
        var start = time.GetTimestamp();
        var seen = await ObserveAsync(stopping).ConfigureAwait(false);
        stopping.ThrowIfCancellationRequested();
        var answer = question.Judge(seen, start);
        if (!seen.IsQuiet && !_request.IsWaiting)
        {
            Restrain(answer, isTimeout: seen.Token?.Failure is TransportFailure.TimedOut);
        }

        return [answer];
    }

    private async Task<Observation> ObserveAsync(CancellationToken stopping)
    {
        if (_request.IsWaiting && _standing is { } known)
        {
            return await question.LookAsync(known, InTheMeantime(known), stopping).ConfigureAwait(false);
        }

        if (!_request.IsWaiting && _request.TakeAnswer() is { } late)
        {
            return await ReadAsync(late, stopping).ConfigureAwait(false);
        }

        if (_standing is { Token: { } last } && (_backOff.Remaining > TimeSpan.Zero || time.GetUtcNow() < _freshUntil))
        {
            return await question.LookAsync(_standing, last, stopping).ConfigureAwait(false);
        }

        return await AskForTokenAsync(stopping).ConfigureAwait(false);
    }

    private async Task<Observation> AskForTokenAsync(CancellationToken stopping)
    {
        if (!_request.IsWaiting && _request.TryStart(stopping))
        {
            _ = SayProgressAsync(_request.Ended);
        }

        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await Task.WhenAny(_request.Ended, Task.Delay(patience, time, enough.Token)).ConfigureAwait(false);
        await enough.CancelAsync().ConfigureAwait(false);
        stopping.ThrowIfCancellationRequested();
        if (_request.TakeAnswer() is { } answer)
        {
            return await ReadAsync(answer, stopping).ConfigureAwait(false);
        }

        // What NMI has said goes on being true while it is asked again and says nothing.
        if (_standing is { Token: { Failure: TransportFailure.None, Token: null } refused })
        {
            return await question.LookAsync(_standing, refused, stopping).ConfigureAwait(false);
        }

        return _standing = await question.ExplainAsync(question.Unanswered(_request.Waited), stopping).ConfigureAwait(false);
    }

    private async Task<Observation> ReadAsync(TokenExchange token, CancellationToken stopping) =>
        _standing = await question.ExplainAsync(token, stopping).ConfigureAwait(false);

    private async Task SayProgressAsync(Task ended)
    {
        using var progress = sayProgress();
        await ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private TokenExchange InTheMeantime(Observation known) =>
        known.Token is { Failure: TransportFailure.None, Token: null } refused ? refused : question.Unanswered(_request.Waited);

    /// <summary>
    /// What is at its limit, or goes on trying for a caller that has left, is not helped by being asked again; what was in order is fresh
    /// for a while.
    /// </summary>
    private void Restrain(Answer answer, bool isTimeout)
    {
        if (answer.Verdict.Reason is PodIdentityFailureReason.Throttled || (isTimeout && answer.Verdict.Reason is not (null or PodIdentityFailureReason.NmiUnreachable)))
        {
            _backOff.Begin(answer.RetryAfter);
            return;
        }

        _backOff.End();

        // So that the pods of a node do not ask in step.
        _freshUntil = answer.Verdict.HasToken && !answer.IsFailing
            ? time.GetUtcNow() + (resultLifetime * (1 + (Random.Shared.NextDouble() * VerdictGate.Spread)))
            : DateTimeOffset.MinValue;
    }
}
