using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Probe.Asking;
using PodIdentity.HealthChecks.Probe.Examining;

namespace PodIdentity.HealthChecks.Probe.Output;

/// <summary>Lines for people: what fails goes to standard error, everything else to standard output.</summary>
internal sealed class TextReport(IOutput output) : IReport
{
    public static string Sentence(Verdict verdict) =>
        $"{verdict.Status}{(verdict.Reason is { } reason ? $" ({reason})" : string.Empty)}: {verdict.Description}";

    public bool Verdict(Answer answer) => Write(answer, Sentence(answer.Verdict));

    public void Attempt(Answer answer, int attempt, int attempts, TimeSpan? retryIn, TimeSpan timeLeft)
    {
        var next = retryIn is { } delay ? $"Next attempt in {Phrases.For(delay)}; {Phrases.For(timeLeft)} left at most." : "This was the last attempt.";
        Write(answer, $"Attempt {attempt} of {attempts}: {Sentence(answer.Verdict)} {next}");
    }

    public void Step(Step step)
    {
        var mark = step.Outcome switch { Outcome.Ok => '✓', Outcome.Failed => '✗', _ => '–' };
        var time = step.Elapsed is { } elapsed ? $" ({Phrases.For(TimeSpan.FromMilliseconds(Math.Ceiling(elapsed.TotalMilliseconds)))})" : string.Empty;
        output.WriteOut($"{mark} {step.Name,-18}{step.Seen}{time}");
        if (step.Hint is not null)
        {
            output.WriteOut($"  What to do: {step.Hint}");
        }
    }

    public void Progress(TimeSpan waited, TimeSpan timeLeft) =>
        output.WriteError($"Still waiting after {Phrases.For(waited)}; at most {Phrases.For(timeLeft)} left.");

    public void Problem(string text, int exitCode) => output.WriteError(text);

    public void Note(string text) => output.WriteOut(text);

    private bool Write(Answer answer, string line) => answer.IsFailing ? output.WriteError(line) : output.WriteOut(line);
}
