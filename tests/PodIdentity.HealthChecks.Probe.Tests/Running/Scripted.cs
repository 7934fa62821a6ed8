using Microsoft.Extensions.Diagnostics.HealthChecks;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Probe.Asking;
using PodIdentity.HealthChecks.Probe.Output;

namespace PodIdentity.HealthChecks.Probe.Tests.Running;

/// <summary>Answers in the order that a test wrote down; the last one again and again.</summary>
internal sealed class Scripted(params Answer[] answers) : IQuestion
{
    public int Asked { get; private set; }

    public static Answer Healthy(string subject = "token") => new(subject, Verdict(HealthStatus.Healthy, null, "well."));

    public static Answer Failing(PodIdentityFailureReason reason, TimeSpan? retryAfter = null, string subject = "token") =>
        new(subject, Verdict(HealthStatus.Unhealthy, reason, "broken.") with { RetryAfter = retryAfter });

    public Task<IReadOnlyList<Answer>> AskAsync(CancellationToken stopping) =>
        Task.FromResult<IReadOnlyList<Answer>>([answers[Math.Min(Asked++, answers.Length - 1)]]);

    private static Verdict Verdict(HealthStatus status, PodIdentityFailureReason? reason, string text) =>
        new(status, reason, text, null, new Dictionary<string, object>(StringComparer.Ordinal));
}

/// <summary>A question that is never answered.</summary>
internal sealed class Unanswered : IQuestion
{
    public async Task<IReadOnlyList<Answer>> AskAsync(CancellationToken stopping)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stopping);
        return [];
    }
}

/// <summary>Keeps what is said.</summary>
internal sealed class Lines : IOutput
{
    private readonly Lock _lock = new();
    private readonly List<string> _all = [];

    public IReadOnlyList<string> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _all];
            }
        }
    }

    /// <summary>How many of the next lines nobody takes.</summary>
    public int Unread { get; set; }

    public bool WriteOut(string line) => Add(line);

    public bool WriteError(string line) => Add(line);

    public void DropUnread()
    {
        // What is unread is said beforehand.
    }

    private bool Add(string line)
    {
        lock (_lock)
        {
            if (Unread > 0)
            {
                Unread--;
                return false;
            }

            _all.Add(line);
            return true;
        }
    }
}
