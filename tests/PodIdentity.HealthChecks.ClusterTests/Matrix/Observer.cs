using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using PodIdentity.HealthChecks.ClusterTests.Cluster;

namespace PodIdentity.HealthChecks.ClusterTests.Matrix;

/// <summary>Makes a cell of what was seen of a strategy's pod, and of what its logs and events say.</summary>
internal sealed class Observer(Kubectl kubectl, PodLogs logs, PodWatch watch)
{
    private static readonly Regex Reasons = new(
        $@"\b({string.Join('|', Enum.GetNames<PodIdentityFailureReason>())})\b", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    /// <param name="theCase">What the pods have met.</param>
    /// <param name="strategy">Whose pod it is.</param>
    /// <param name="since">When they met it.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<(Cell Cell, string Words)> ObserveAsync(Case theCase, Strategy strategy, DateTimeOffset since, CancellationToken cancellationToken)
    {
        var pod = watch.Latest(strategy.Namespace) ?? throw new InvalidOperationException($"There is no pod of {strategy.Name}.");
        var all = watch.Of(strategy.Namespace).Where(s => string.Equals(s.Name, pod.Name, StringComparison.Ordinal)).ToArray();
        var before = all.LastOrDefault(s => s.At < since);
        var after = all.Where(s => s.At >= since).ToArray();
        var words = strategy.IsControl ? "" : await WordsOfAsync(pod, since, cancellationToken); // curl gives no reason
        var cell = new Cell
        {
            Case = theCase,
            Started = all.Any(s => s.IsStarted),
            Ready = pod.IsReady,
            ReadyAfter = theCase.IsRepair ? after.FirstOrDefault(s => s.IsReady)?.At - since : null,
            LeftAfter = theCase.IsAtStart || theCase.IsRepair ? null : after.FirstOrDefault(s => !s.IsReady)?.At - since,
            RestartedAfter = after.FirstOrDefault(s => s.Restarts > (before?.Restarts ?? 0))?.At - since,
            Reasons = [.. Reasons.Matches(words).Select(m => Enum.Parse<PodIdentityFailureReason>(m.Value)).Distinct().Order()],
        };
        return (cell, words);
    }

    /// <summary>Newer events know the time of the first only.</summary>
    private static DateTimeOffset? LastSeen(JsonElement theEvent) => new[] { "lastTimestamp", "eventTime" }
        .Select(name => theEvent.TryGetProperty(name, out var at) && at.ValueKind is JsonValueKind.String ? at.GetDateTimeOffset() : (DateTimeOffset?)null)
        .FirstOrDefault(at => at is not null);

    private static string? KindOf(JsonElement found) => found.GetProperty("kind").GetString();

    private static string? NameOf(JsonElement named) => named.GetProperty("name").GetString();

    private async Task<string> WordsOfAsync(PodSeen pod, DateTimeOffset since, CancellationToken cancellationToken)
    {
        // The API server counts in seconds: what was said in the one before belongs to what was before.
        var from = since.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        var found = await kubectl.GetAsync(cancellationToken, "-n", pod.Namespace, "pods,events");
        var all = found.GetProperty("items").EnumerateArray().ToArray();
        var whole = all.Single(o => KindOf(o) is "Pod" && string.Equals(NameOf(o.GetProperty("metadata")), pod.Name, StringComparison.Ordinal));
        var words = new List<string>(await logs.ReadAsync(whole, cancellationToken, $"--since-time={from}"));
        if (pod.Restarts > 0)
        {
            words.Add(await logs.ReadAsync(pod.Namespace, pod.Name, "app", cancellationToken, $"--since-time={from}", "--previous"));
        }

        words.AddRange(all
            .Where(o => KindOf(o) is "Event" && string.Equals(NameOf(o.GetProperty("involvedObject")), pod.Name, StringComparison.Ordinal) && LastSeen(o) >= since.AddSeconds(-1))
            .Select(e => $"event {e.GetProperty("reason").GetString()}: {e.GetProperty("message").GetString()}"));
        return string.Join('\n', words);
    }
}
