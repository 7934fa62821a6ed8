using PodIdentity.HealthChecks.Probe.Asking;

namespace PodIdentity.HealthChecks.Probe.Output;

/// <summary>Says what happens, a line each.</summary>
internal interface IReport
{
    /// <summary>What came of it.</summary>
    void Verdict(Answer answer);

    /// <summary>What came of one attempt of several.</summary>
    /// <param name="answer">What failed.</param>
    /// <param name="attempt">Which attempt it was, from 1.</param>
    /// <param name="attempts">How many there are.</param>
    /// <param name="retryIn">When the next one begins; <see langword="null"/> when there is none.</param>
    /// <param name="timeLeft">How long all of it still takes at most.</param>
    void Attempt(Answer answer, int attempt, int attempts, TimeSpan? retryIn, TimeSpan timeLeft);

    /// <summary>It still waits for an answer.</summary>
    void Progress(TimeSpan waited, TimeSpan timeLeft);

    /// <summary>Something else that a person should know.</summary>
    void Note(string text);
}
