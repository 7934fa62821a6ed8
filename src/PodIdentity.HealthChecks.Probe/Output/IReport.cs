using PodIdentity.HealthChecks.Probe.Asking;
using PodIdentity.HealthChecks.Probe.Examining;

namespace PodIdentity.HealthChecks.Probe.Output;

/// <summary>Reports what happens, a line for each event.</summary>
internal interface IReport
{
    /// <returns>Whether the line was taken.</returns>
    bool Verdict(Answer answer);

    /// <summary>One of several attempts has failed.</summary>
    /// <param name="answer">What it found.</param>
    /// <param name="attempt">Its number, from 1.</param>
    /// <param name="attempts">The number of attempts in all.</param>
    /// <param name="retryIn">The delay before the next one; <see langword="null"/> after the last.</param>
    /// <param name="timeLeft">How long the rest takes at most.</param>
    void Attempt(Answer answer, int attempt, int attempts, TimeSpan? retryIn, TimeSpan timeLeft);

    /// <summary>A step on the way to a token has been taken, or was not.</summary>
    void Step(Step step);

    /// <summary>There is still no answer.</summary>
    void Progress(TimeSpan waited, TimeSpan timeLeft);

    /// <summary>Something is wrong with the command line, the settings or what they name.</summary>
    void Problem(string text, int exitCode);

    /// <summary>Anything else that a person should know.</summary>
    void Note(string text);
}
