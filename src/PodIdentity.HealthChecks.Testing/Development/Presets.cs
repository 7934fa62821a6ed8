using System.Diagnostics.CodeAnalysis;

namespace PodIdentity.HealthChecks.Testing.Development;

/// <summary>A story of a node: what is broken at first and, perhaps, what happens later.</summary>
internal sealed record Preset(string Name, string Title, string Story, IReadOnlyList<(string Switch, string Value)> First)
{
    public (TimeSpan After, string Switch, string Value)? Then { get; init; }

    /// <summary>Gets whether it is of workload identity only, or of AAD Pod Identity only; <see langword="null"/>: of both.</summary>
    public bool? IsFederated { get; init; } = false;
}

/// <summary>The story that was chosen last.</summary>
/// <param name="Name">Its name.</param>
/// <param name="HasEnded">Whether a switch that was set by hand has ended it.</param>
internal sealed record StoryTold(string Name, bool HasEnded);

/// <summary>Tells the stories: each begins with a node in order. A switch that is set by hand ends the story.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A cancellation source without a timer holds nothing that needs freeing.")]
internal sealed class Presets(IReadOnlyList<Switch> switches, TimeProvider time)
{
    private readonly object _lock = new();
    private readonly SemaphoreSlim _turn = new(1, 1);
    private CancellationTokenSource _telling = new();
    private volatile StoryTold? _told;

    /// <summary>Gets the story that was chosen last; <see langword="null"/> before the first.</summary>
    public StoryTold? Told => _told;

    public static IReadOnlyList<Preset> All { get; } =
    [
        new("in-order", "Everything works", "The pod gets tokens for its own identity.", []) { IsFederated = null },
        new("nmi-stops", "NMI stops: 10 s of lies", "For 10 s /healthz still says Active, while IMDS answers the pod with the node's identity.", [("nmi", "stopping")])
        {
            Then = (TimeSpan.FromSeconds(10), "nmi", "stopped"),
        },
        new("nmi-killed", "NMI is killed", "Its rules stay behind and redirect every request to a closed port.", [("nmi", "killed")]),
        new("binding-missing", "Binding removed", "NMI does not say so for 80 s, so to a client it looks like a timeout.", [("identity", "unbound")]),
        new("identity-deleted", "Identity deleted", "Your credential does not notice until its cached token expires.", [("identity", "deleted")]),
        new("imds-throttled", "IMDS throttles", "There is no new token, but the last one is still valid: the pod should keep serving.", [("imds", "throttled")]),
        new("webhook-missed", "Webhook missed the pod", "The pod has no federated token, so IMDS answers it with the node's identity.", [("webhook", "missed")]) { IsFederated = true },
        new("federation-deleted", "Federated credential deleted", "Microsoft Entra ID refuses every exchange. Your credential does not notice until its cached token expires.", [("federation", "deleted")]) { IsFederated = true },
        new("entra-throttled", "Entra throttles", "There is no new token, but the last one is still valid: the pod should keep serving.", [("entra", "throttled")]) { IsFederated = true },
    ];

    /// <summary>The stories of a pod of workload identity, or of one of AAD Pod Identity.</summary>
    public static IReadOnlyList<Preset> Of(bool isFederated) => [.. All.Where(p => p.IsFederated is null || p.IsFederated == isFederated)];

    public async Task ApplyAsync(Preset preset)
    {
        var telling = Begin(new StoryTold(preset.Name, HasEnded: false));
        await TellAsync(
            async () =>
            {
                foreach (var one in switches)
                {
                    var value = preset.First.FirstOrDefault(s => s.Switch.Equals(one.Name, StringComparison.Ordinal)).Value ?? one.Values[0].Name;
                    await one.SetAsync(value).ConfigureAwait(false);
                }
            },
            telling).ConfigureAwait(false);
        if (preset.Then is { } then)
        {
            _ = GoOnAsync(then.After, switches.Single(s => s.Name.Equals(then.Switch, StringComparison.Ordinal)), then.Value, telling);
        }
    }

    /// <summary>Ends the story that is being told.</summary>
    public void Leave() => Begin(_told is { } told ? told with { HasEnded = true } : null);

    /// <summary>Ends the story that is being told, and forgets it.</summary>
    public void End() => Begin(next: null);

    /// <summary>Ends the story that is being told.</summary>
    /// <param name="next">The one that begins.</param>
    /// <returns>What that one is told by.</returns>
    private CancellationToken Begin(StoryTold? next)
    {
        lock (_lock)
        {
            _told = next;
            _telling.Cancel();
            _telling = new CancellationTokenSource();
            return _telling.Token;
        }
    }

    private async Task GoOnAsync(TimeSpan after, Switch then, string value, CancellationToken left)
    {
        try
        {
            await Task.Delay(after, time, left).ConfigureAwait(false);
            await TellAsync(() => then.SetAsync(value), left).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // another story has begun
        }
    }

    /// <summary>One at a time, and nothing of a story that has been left.</summary>
    private async Task TellAsync(Func<Task> tell, CancellationToken left)
    {
        await _turn.WaitAsync(CancellationToken.None).ConfigureAwait(false);
        try
        {
            await (left.IsCancellationRequested ? Task.CompletedTask : tell()).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }
}
