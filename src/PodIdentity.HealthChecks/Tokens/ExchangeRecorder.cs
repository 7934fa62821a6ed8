using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>
/// Carries what the transport saw to the attempt that caused it, past the credential in between, which keeps neither status nor headers.
/// It follows the flow of the attempt, so an abandoned attempt never writes into a later one's.
/// </summary>
internal sealed class ExchangeRecorder
{
    private static readonly AsyncLocal<ExchangeRecorder?> Flow = new();

    private readonly object _lock = new();
    private readonly Action? _onSent;
    private bool _isClosed;
    private bool _isRefused;

    private ExchangeRecorder(Action? onSent) => _onSent = onSent;

    /// <summary>The recorder of the attempt that this code runs for.</summary>
    public static ExchangeRecorder? Current => Flow.Value;

    /// <summary>The last thing that went over the wire; <see langword="null"/> when nothing did.</summary>
    public TokenExchange? Last { get; private set; }

    /// <summary>What it means, where it is a token.</summary>
    public Finding? Finding { get; private set; }

    /// <summary>The last request to the metadata service.</summary>
    public TokenRequestInFlight? InFlight { get; private set; }

    /// <summary>The same, for a credential that failed: a token that came through to it, and that it could not use, is none.</summary>
    public TokenExchange? LastOfFailure => Last is { Token: not null } && !_isRefused ? Last with { Token = null } : Last;

    /// <param name="onSent">Is told that a request to the metadata service is out.</param>
    public static ExchangeRecorder Begin(Action? onSent = null)
    {
        var recorder = new ExchangeRecorder(onSent);
        Flow.Value = recorder;
        return recorder;
    }

    /// <summary>Sends a request. Until there is an answer, the deadline that may come means that there was none.</summary>
    /// <remarks>A deadline that comes meanwhile waits until what was sent is recorded.</remarks>
    /// <exception cref="OperationCanceledException">Nobody listens any more.</exception>
    public TokenRequestInFlight Send(Func<TokenRequestInFlight> start)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                throw new OperationCanceledException();
            }

            InFlight = start();
            Record(InFlight.Unanswered);
            _onSent?.Invoke();
            return InFlight;
        }
    }

    /// <summary>The credential's time is over: nothing more is sent, and what was sent goes on.</summary>
    /// <returns>What was sent to the metadata service.</returns>
    public TokenRequestInFlight? Leave()
    {
        lock (_lock)
        {
            _isClosed = true;
            return InFlight;
        }
    }

    public void Record(TokenExchange? exchange, Finding? finding = null) => (Last, Finding) = (exchange, finding);

    /// <summary>The answer was kept from the credential.</summary>
    public void Refuse() => _isRefused = true;
}
