using System.Globalization;
using PodIdentity.HealthChecks.ClusterTests.Cluster;

namespace PodIdentity.HealthChecks.ClusterTests.Matrix;

/// <summary>One run of strategies, side by side, through every case. All tests read from it.</summary>
public abstract class MatrixRun : IAsyncLifetime
{
    private static readonly TimeSpan LongestStart = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(3);

    private readonly Dictionary<(string Strategy, string Case), Cell> _cells = [];
    private readonly List<string> _story = [];
    private readonly TimeProvider _time = TimeProvider.System;
    private readonly string _name;

    /// <summary>Whether nothing has happened to the pods yet, so that the next case can go on with them.</summary>
    private bool _areInOrder;

    /// <param name="name">Of its files.</param>
    /// <param name="strategies">What guards the pods.</param>
    /// <param name="cases">What they meet.</param>
    private protected MatrixRun(string name, IReadOnlyList<Strategy> strategies, IReadOnlyList<Case> cases) =>
        (_name, Strategies, Cases) = (name, strategies, cases);

    /// <summary>Gets why nothing was run.</summary>
    public string? Skipped { get; private set; }

    internal IReadOnlyList<Strategy> Strategies { get; }

    internal IReadOnlyList<Case> Cases { get; }

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
    public ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    internal Cell CellOf(string strategy, string title) => _cells[(strategy, title)];

    private protected abstract IPlayed Play(ClusterSettings settings, Kubectl kubectl, PodLogs logs);

    private async Task RunAsync(ClusterSettings settings, CancellationToken cancellationToken)
    {
        At = _time.GetUtcNow();
        var kubectl = new Kubectl(settings);
        var logs = new PodLogs(kubectl);
        var played = Play(settings, kubectl, logs);
        Kubernetes = (await kubectl.GetAsync(cancellationToken, "nodes"))
            .GetProperty("items")[0].GetProperty("status").GetProperty("nodeInfo").GetProperty("kubeletVersion").GetString()!;
        var namespaces = new OwnNamespaces(kubectl, [played.Namespace, .. Strategies.Select(s => s.Namespace)]);
        try
        {
            await namespaces.CreateAsync(cancellationToken);
            await played.StartAsync(cancellationToken);
            await using var watch = new PodWatch(kubectl, _time);
            var observer = new Observer(kubectl, logs, watch);
            foreach (var theCase in Cases)
            {
                await RunAsync(theCase, namespaces, played, watch, logs, observer, cancellationToken);
            }
        }
        finally
        {
            await played.EndAsync(cancellationToken);
            await namespaces.DeleteAsync(cancellationToken);
        }
    }

    private async Task RunAsync(
        Case theCase, OwnNamespaces namespaces, IPlayed played, PodWatch watch, PodLogs logs, Observer observer, CancellationToken cancellationToken)
    {
        var since = _time.GetUtcNow();
        if (!theCase.IsRepair)
        {
            await played.BeginAsync(theCase, cancellationToken);
            since = _time.GetUtcNow();
            if (!(_areInOrder && theCase.Later is not null))
            {
                watch.Clear();
                await (_cells.Count == 0
                    ? Task.WhenAll(Strategies.Select(s => played.DeployAsync(s.Folder, s.Namespace, cancellationToken)))
                    : namespaces.DeletePodsAsync(except: played.Namespace, cancellationToken));
            }

            await (theCase is { IsAtStart: true, Wanted: not Wanted.Ready }
                ? WatchAsync(theCase, watch, cancellationToken)
                : StartAsync(theCase, since, watch, logs, cancellationToken));
        }

        _areInOrder = theCase is { Wanted: Wanted.Ready, Later: null };
        if (theCase.Later is { } later)
        {
            since = _time.GetUtcNow();
            var change = played.SetAsync(later, cancellationToken);
            await (theCase.IsRepair ? StartAsync(theCase, since, watch, logs, cancellationToken) : WatchAsync(theCase, watch, cancellationToken));
            await change;
        }

        var observed = await Task.WhenAll(Strategies.Select(s => ObserveAsync(theCase, s, since, watch, observer, cancellationToken)));
        foreach (var (strategy, (cell, words)) in Strategies.Zip(observed))
        {
            _cells[(strategy.Name, theCase.Title)] = cell;
            Tell($"{theCase.Title} | {strategy.Name} | {cell}\n{words}");
        }

        await ReportAsync(cancellationToken);
    }

    private async Task StartAsync(Case theCase, DateTimeOffset since, PodWatch watch, PodLogs logs, CancellationToken cancellationToken)
    {
        var started = await watch.WhenAsync(() => Strategies.All(s => watch.Latest(s.Namespace) is { IsReady: true }), LongestStart, cancellationToken);
        Tell($"{theCase.Title}: {(started ? "all" : "not all")} ready after {Seconds(_time.GetUtcNow() - since)}");
        foreach (var missing in Strategies.Where(s => watch.Latest(s.Namespace) is not { IsReady: true }))
        {
            var words = $"{missing.Name} does not start: {watch.Latest(missing.Namespace)}\n{await logs.LastWordsAsync(missing.Namespace, cancellationToken)}";
            Tell(words);
            await Console.Error.WriteLineAsync(words);
        }
    }

    /// <summary>The whole window: what does not happen is only known at its end.</summary>
    private static Task<bool> WatchAsync(Case theCase, PodWatch watch, CancellationToken cancellationToken) =>
        watch.WhenAsync(static () => false, theCase.Window, cancellationToken);

    /// <summary>Looks until the reason is named that has to be: how soon that is depends on the machine.</summary>
    private async Task<(Cell Cell, string Words)> ObserveAsync(
        Case theCase, Strategy strategy, DateTimeOffset since, PodWatch watch, Observer observer, CancellationToken cancellationToken)
    {
        var end = _time.GetUtcNow() + LongestStart;
        while (true)
        {
            var observed = await observer.ObserveAsync(theCase, strategy, since, cancellationToken);
            if (!strategy.IsComplete || theCase.Reason is not { } reason || observed.Cell.Reasons.Contains(reason) || _time.GetUtcNow() > end)
            {
                return observed;
            }

            await watch.WhenAsync(static () => false, BetweenLooks, cancellationToken);
        }
    }

    private static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0} s");

    private void Tell(string what) => _story.Add($"{_time.GetUtcNow():HH:mm:ss} {what}");

    /// <summary>What was done and seen, for whoever wonders about a cell; and the tables, as soon as they are complete.</summary>
    private async Task ReportAsync(CancellationToken cancellationToken)
    {
        await Observed.WriteAsync($"{_name}-story.txt", _story, cancellationToken);
        if (_cells.Count == Strategies.Count * Cases.Count)
        {
            var table = new DecisionTable(this).ToString();
            await Observed.WriteAsync($"{_name}-table.md", [table], cancellationToken);
            await Console.Out.WriteLineAsync(table);
        }
    }
}
