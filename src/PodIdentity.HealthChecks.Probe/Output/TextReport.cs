using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Probe.Asking;

namespace PodIdentity.HealthChecks.Probe.Output;

/// <summary>Lines for people: what is well goes to standard output, everything else to standard error.</summary>
internal sealed class TextReport(IOutput output) : IReport
{
    public void Verdict(Answer answer) => Write(answer, Sentence(answer.Verdict));

    public void Attempt(Answer answer, int attempt, int attempts, TimeSpan? retryIn, TimeSpan timeLeft)
    {
        var next = retryIn is { } delay ? $"Next attempt in {Words.For(delay)}; {Words.For(timeLeft)} left at most." : "That was the last one.";
        Write(answer, $"Attempt {attempt} of {attempts}: {Sentence(answer.Verdict)} {next}");
    }

    public void Progress(TimeSpan waited, TimeSpan timeLeft) =>
        output.WriteError($"Waiting for an answer, for {Words.For(waited)} by now; {Words.For(timeLeft)} left at most.");

    public void Note(string text) => output.WriteOut(text);

    private static string Sentence(Verdict verdict) =>
        $"{verdict.Severity.Name()}{(verdict.Reason is { } reason ? $" ({reason})" : string.Empty)}: {verdict.Description}";

    private void Write(Answer answer, string line)
    {
        if (answer.IsFailing)
        {
            output.WriteError(line);
        }
        else
        {
            output.WriteOut(line);
        }
    }
}
