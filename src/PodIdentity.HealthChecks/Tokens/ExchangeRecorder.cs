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
    private TokenExchange? _refused;

    /// <summary>The recorder of the attempt that this code runs for.</summary>
    public static ExchangeRecorder? Current => Flow.Value;

    /// <summary>The last thing that went over the wire; <see langword="null"/> when nothing did.</summary>
    public TokenExchange? Last
    {
        get => Volatile.Read(ref _last);
        set => Volatile.Write(ref _last, value);
    }

    /// <summary>The same, for a credential that failed: a token that came through to it, and that it could not use, is none.</summary>
    public TokenExchange? LastOfFailure => Last is { Token: not null } last && !ReferenceEquals(last, _refused) ? last with { Token = null } : Last;

    /// <summary>Records an answer that was kept from the credential.</summary>
    public void Refuse(TokenExchange exchange)
    {
        _refused = exchange;
        Last = exchange;
    }

    public static ExchangeRecorder Begin()
    {
        var recorder = new ExchangeRecorder();
        Flow.Value = recorder;
        return recorder;
    }
}
