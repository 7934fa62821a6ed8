namespace PodIdentity.HealthChecks.Diagnosis;

/// <summary>Facts in the words of a sentence.</summary>
internal static class Phrases
{
    public static string For(TimeSpan span) => span.Duration() switch
    {
        { TotalHours: >= 1 } d => $"{(int)d.TotalHours} h{(d.Minutes > 0 ? $" {d.Minutes} min" : "")}",
        { TotalMinutes: >= 1 } d => $"{d.Minutes} min{(d.Seconds > 0 ? $" {d.Seconds} s" : "")}",
        { TotalSeconds: >= 1 } d => $"{d.TotalSeconds:0.#} s",
        { TotalMilliseconds: >= 1 } d => $"{d.TotalMilliseconds:0} ms",
        { Ticks: 0 } => "0 s",
        var d => $"{d.TotalMilliseconds} ms",
    };

    public static string For(PodIdentityResponder responder) => responder switch
    {
        PodIdentityResponder.Nmi => "NMI",
        PodIdentityResponder.WorkloadIdentityProxy => "the workload identity proxy",
        PodIdentityResponder.Imds => "the node's IMDS",
        PodIdentityResponder.Entra => "Microsoft Entra ID",
        PodIdentityResponder.IdentityBindingProxy => "the identity binding's proxy",
        _ => "an unknown responder",
    };

    public static string For(TransportFailure failure) => failure switch
    {
        TransportFailure.Refused => "refused the connection",
        TransportFailure.Unreachable => "could not be reached",
        TransportFailure.Untrusted => "did not present a trusted certificate",
        TransportFailure.NoTunnel => "could not be reached through the proxy",
        TransportFailure.TimedOut => "did not answer in time",
        TransportFailure.Broken => "broke the connection or did not speak HTTP",
        TransportFailure.TooLarge => "sent an answer that is far too long",
        TransportFailure.NotSent => "may not have been asked",
        _ => "was not asked",
    };

    /// <summary>Who a plain answer came from, and what it was.</summary>
    public static string For(PlainAnswer answer) =>
        answer.Failure is not TransportFailure.None ? For(answer.Failure)
        : string.IsNullOrEmpty(answer.Text) ? $"answered {answer.Status}"
        : $"answered {answer.Status} \"{answer.Text}\"";

    public static string Capitalised(string sentence) => string.Concat(sentence[..1].ToUpperInvariant(), sentence.AsSpan(1));
}
