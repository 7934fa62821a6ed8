using PodIdentity.HealthChecks.Diagnosis;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>
/// Carries what the transport saw to the attempt that caused it, past the credential in between, which keeps neither status nor headers.
/// It follows the flow of the attempt, so that an abandoned attempt never writes into a later one's.
/// </summary>
internal sealed class ExchangeRecorder
{
    private static readonly AsyncLocal<ExchangeRecorder?> Flow = new();

    private TokenExchange? _last;

    /// <summary>The recorder of the attempt that this code runs for.</summary>
    public static ExchangeRecorder? Current => Flow.Value;

    /// <summary>The last thing that went over the wire; <see langword="null"/> when nothing did.</summary>
    public TokenExchange? Last
    {
        get => Volatile.Read(ref _last);
        set => Volatile.Write(ref _last, value);
    }

    public static ExchangeRecorder Begin()
    {
        var recorder = new ExchangeRecorder();
        Flow.Value = recorder;
        return recorder;
    }
}
