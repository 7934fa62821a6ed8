using System.Globalization;
using NodeSimulator;
using PodIdentity.HealthChecks.ClusterTests.Cluster;

namespace PodIdentity.HealthChecks.ClusterTests.Matrix;

/// <summary>One run of every strategy, side by side, through every case. All tests read from it.</summary>
public sealed class MatrixRun : IAsyncLifetime
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(120);

    private readonly Dictionary<(string Strategy, string Case), Cell> _cells = [];
    private readonly List<string> _story = [];
    private readonly TimeProvider _time = TimeProvider.System;

    /// <summary>Gets why nothing was run.</summary>
    public string? Skipped { get; private set; }

    internal string Kubernetes { get; private set; } = "";

    internal DateTimeOffset At { get; private set; }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        if (!ClusterSettings.AreAskedFor)
        {
            Skipped = ClusterSettings.HowToGetOne;
            return;
        }

        await RunAsync(ClusterSettings.FromEnvironment(), CancellationToken.None);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    internal Cell CellOf(string strategy, string title) => _cells[(strategy, title)];

    private async Task RunAsync(ClusterSettings settings, CancellationToken cancellationToken)
    {
        At = _time.GetUtcNow();
        var kubectl = new Kubectl(settings);
        var interception = new Interception(settings);
        var logs = new PodLogs(kubectl);
        var node = new PlayedNode(kubectl, logs, interception, _time);
        Kubernetes = (await kubectl.GetAsync(cancellationToken, "nodes"))
            .GetProperty("items")[0].GetProperty("status").GetProperty("nodeInfo").GetProperty("kubeletVersion").GetString()!;
        var namespaces = new OwnNamespaces(kubectl, [PlayedNode.Namespace, .. Strategy.All.Select(s => s.Namespace)]);
        try
        {
            await namespaces.CreateAsync(cancellationToken);
            await node.StartAsync(Path.Combine(Strategy.Manifests, "Node"), cancellationToken);
            await using var watch = new PodWatch(kubectl, _time);
            foreach (var strategy in Strategy.All)
            {
                await kubectl.ApplyAsync(strategy.Folder, cancellationToken);
            }

            var observer = new Observer(kubectl, logs, watch);
            foreach (var theCase in Case.All)
            {
                await RunAsync(theCase, namespaces, node, watch, logs, observer, cancellationToken);
            }
        }
        finally
        {
            await interception.SetAsync("", intercepted: false, cancellationToken);
            await namespaces.DeleteAsync(cancellationToken);
        }
    }

    private async Task RunAsync(
        Case theCase, OwnNamespaces namespaces, PlayedNode node, PodWatch watch, PodLogs logs, Observer observer, CancellationToken cancellationToken)
    {
        await node.SetAsync(theCase.AtStart, cancellationToken);
        watch.Clear();
        var since = _time.GetUtcNow();
        await namespaces.DeletePodsAsync(except: PlayedNode.Namespace, cancellationToken);
        if (theCase.Wanted is Wanted.Ready || theCase.Later is not null)
        {
            var started = await watch.WhenAsync(
                () => Strategy.All.All(s => watch.Latest(s.Namespace) is { IsReady: true } pod && pod.At > since), LongestStart, cancellationToken);
            Tell($"{theCase.Title}: {(started ? "all" : "not all")} ready after {Seconds(_time.GetUtcNow() - since)}");
            foreach (var missing in Strategy.All.Where(s => watch.Latest(s.Namespace) is not { IsReady: true }))
            {
                var words = $"{missing.Name} does not start: {watch.Latest(missing.Namespace)}\n{await logs.LastWordsAsync(missing.Namespace, cancellationToken)}";
                Tell(words);
                await Console.Error.WriteLineAsync(words);
            }
        }

        if (theCase.Later is { } later)
        {
            since = _time.GetUtcNow();
            var change = theCase.StopsInOrder ? node.StopNmiAsync(later, cancellationToken) : node.SetAsync(later, cancellationToken);
            await WatchAsync(theCase, watch, cancellationToken);
            await change;
        }
        else if (theCase.Wanted is not Wanted.Ready)
        {
            await WatchAsync(theCase, watch, cancellationToken);
        }

        var observed = await Task.WhenAll(Strategy.All.Select(s => observer.ObserveAsync(theCase, s, since, cancellationToken)));
        foreach (var (strategy, (cell, words)) in Strategy.All.Zip(observed))
        {
            _cells[(strategy.Name, theCase.Title)] = cell;
            Tell($"{theCase.Title} | {strategy.Name} | {cell}\n{words}");
        }

        await ReportAsync(cancellationToken);
    }

    /// <summary>The whole window: what does not happen is only known at its end.</summary>
    private static Task<bool> WatchAsync(Case theCase, PodWatch watch, CancellationToken cancellationToken) =>
        watch.WhenAsync(static () => false, theCase.Window, cancellationToken);

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s");

    private void Tell(string what) => _story.Add($"{_time.GetUtcNow():HH:mm:ss} {what}");

    /// <summary>What was done and seen, for whoever wonders about a cell; and the tables, as soon as they are complete.</summary>
    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Repository.Root, "artifacts", "cluster-tests")).FullName;
        await File.WriteAllLinesAsync(Path.Combine(folder, "story.txt"), _story, cancellationToken);
        if (_cells.Count == Strategy.All.Count * Case.All.Count)
        {
            var table = new DecisionTable(this).ToString();
            await File.WriteAllTextAsync(Path.Combine(folder, "decision-table.md"), table, cancellationToken);
            await Console.Out.WriteLineAsync(table);
        }
    }
}
