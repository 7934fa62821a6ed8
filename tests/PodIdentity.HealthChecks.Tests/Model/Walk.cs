using System.Globalization;

namespace PodIdentity.HealthChecks.Tests.Model;

/// <summary>Something that happens on the node, and how long it is until every check is probed again.</summary>
internal sealed record WalkEvent(string Name, TimeSpan Pause, Action<ModelNode, ManualTimeProvider> Happen)
{
    private static readonly string[] Both = [Walk.A, Walk.B];

    /// <summary>Everything that can happen, by number.</summary>
    private static readonly (string Name, Action<ModelNode, ManualTimeProvider> Happen)[] All =
    [
        ("nothing", (_, _) => { }),
        ("nothing", (_, _) => { }),
        ("nothing", (_, _) => { }),
        ("NMI is active", (n, _) => n.Nmi = ModelNmi.Active),
        ("NMI is active", (n, _) => n.Nmi = ModelNmi.Active),
        ("NMI is not active", (n, _) => n.Nmi = ModelNmi.NotActive),
        ("NMI is stopping", (n, _) => n.Nmi = ModelNmi.Stopping),
        ("NMI is stopped", (n, _) => n.Nmi = ModelNmi.Stopped),
        ("NMI is killed", (n, _) => n.Nmi = ModelNmi.Killed),
        ("both are bound", (n, _) => n.Bound = Both),
        ("both are bound", (n, _) => n.Bound = Both),
        ("A is bound", (n, _) => n.Bound = [Walk.A]),
        ("B is bound", (n, _) => n.Bound = [Walk.B]),
        ("none is bound", (n, _) => n.Bound = []),
        ("NMI refuses after 5 s", (n, _) => n.BindingLooks = 1),
        ("NMI refuses after 80 s", (n, _) => n.BindingLooks = 16),
        ("NMI refuses after 100 s", (n, _) => n.BindingLooks = 20),
        ("IMDS is fine", (n, _) => n.Imds = ModelImds.Fine),
        ("IMDS is fine", (n, _) => n.Imds = ModelImds.Fine),
        ("IMDS is throttled", (n, _) => n.Imds = ModelImds.Throttled),
        ("IMDS fails", (n, _) => n.Imds = ModelImds.Error),
        ("IMDS is updated", (n, _) => n.Imds = ModelImds.Updating),
        ("IMDS refuses", (n, _) => n.Imds = ModelImds.Refuses),
        ("IMDS hangs", (n, _) => n.Imds = ModelImds.Hangs),
        ("all is well", (n, _) => (n.Nmi, n.Imds, n.Bound, n.FingerprintTakes) = (ModelNmi.Active, ModelImds.Fine, Both, TimeSpan.Zero)),
        ("NMI's health is out of reach", (n, _) => n.HealthIsReachable = false),
        ("NMI's health is in reach", (n, _) => n.HealthIsReachable = true),
        ("/healthz takes 0.7 s", (n, _) => n.HealthTakes = TimeSpan.FromSeconds(0.7)),
        ("/healthz takes no time", (n, _) => n.HealthTakes = TimeSpan.Zero),
        ("NMI is busy", (n, _) => n.FingerprintTakes = TimeSpan.FromSeconds(1.5)),
        ("NMI is not busy", (n, _) => n.FingerprintTakes = TimeSpan.Zero),
        ("NMI is not busy", (n, _) => n.FingerprintTakes = TimeSpan.Zero),
        ("NMI is not busy", (n, _) => n.FingerprintTakes = TimeSpan.Zero),
        ("IMDS takes 2.3 s", (n, _) => n.ImdsTakes = TimeSpan.FromSeconds(2.3)),
        ("IMDS takes no time", (n, _) => n.ImdsTakes = TimeSpan.Zero),
        // For MSAL, which goes by the system's clock, a token that lasts a day has expired when it is issued more than a day back.
        ("the clock is set back 6 h", (_, c) => c.Turn(c.Turned > TimeSpan.FromHours(-18) ? TimeSpan.FromHours(-6) : TimeSpan.Zero)),
        ("the clock is set forward 6 h", (_, c) => c.Turn(TimeSpan.FromHours(6))),
    ];

    private static readonly double[] Pauses = [1, 1, 2, 3, 5, 5, 10, 10, 10, 13, 30, 45, 90, 300, 600];

    /// <summary>How many things can happen; by the first of them, nothing does.</summary>
    public static int Kinds => All.Length;

    public static int Count => Kinds * Pauses.Length * 5;

    public static WalkEvent Of(int number)
    {
        var (name, happen) = All[number % All.Length];
        var pause = Pauses[number / All.Length % Pauses.Length] * (1 + (number / All.Length / Pauses.Length % 5 * 0.05));
        return new WalkEvent(name, TimeSpan.FromSeconds(pause), happen);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}; {Pause.TotalSeconds:0.##} s");
}

/// <summary>One walk through events, with eight checks that are probed after each, at one moment or one after the other; an observer judges every verdict.</summary>
internal sealed class Walk : IDisposable
{
    public const string A = "aaaaaaaa-0000-0000-0000-000000000001";
    public const string B = "bbbbbbbb-0000-0000-0000-000000000002";

    /// <summary>Whichever identity the pod has.</summary>
    public const string Any = "any";

    private readonly ManualTimeProvider _clock = new();
    private readonly ModelNode _node;
    private readonly SimulatedTime _time;
    private readonly List<WalkObserver> _observers = [];
    private bool _isTogether;

    public Walk()
    {
        _node = new ModelNode(_clock) { Bound = [A, B], OfNode = ["cccccccc-0000-0000-0000-000000000003"] };
        _time = new SimulatedTime(_clock, _node);
        Observe("own A, NMI required", A, ModelCheck.OfIdentity(_node, _clock, ModelKind.Own, A, o => o.RequiredResponder = PodIdentityResponder.Nmi));
        Observe("own B", B, ModelCheck.OfIdentity(_node, _clock, ModelKind.Own, B));
        Observe("own, none named", Any, ModelCheck.OfIdentity(_node, _clock));
        Observe("supplied A", A, ModelCheck.OfIdentity(_node, _clock, ModelKind.Supplied, A), ModelKind.Supplied);
        Observe("supplied B, named", B, ModelCheck.OfIdentity(_node, _clock, ModelKind.Named, B), ModelKind.Named);
        Observe("watch A, NMI required", A, ModelCheck.OfIdentity(_node, _clock, ModelKind.Watch, A, o => o.RequiredResponder = PodIdentityResponder.Nmi));
        Observe("watch all, none named, NMI required", Any, ModelCheck.OfIdentity(_node, _clock, ModelKind.WatchAll), ModelKind.WatchAll);
        Observe("NMI", null, ModelCheck.OfNmi(_node, _clock));
    }

    /// <summary>How many verdicts were judged.</summary>
    public int Steps { get; private set; }

    public void Take(WalkEvent step)
    {
        step.Happen(_node, _clock);
        foreach (var observer in _observers)
        {
            observer.Happened(_node, step.Name.StartsWith("the clock", StringComparison.Ordinal));
        }

        _time.Pass(step.Pause);

        // MSAL's lock is what a credential of the application's may wait for, and the node cannot see that: it is probed by itself. So is what asks twice.
        _isTogether = !_isTogether;
        foreach (var probed in _observers.GroupBy(o => _isTogether && o.Kind is not (ModelKind.Supplied or ModelKind.Named or ModelKind.WatchAll) ? "all" : o.Name, StringComparer.Ordinal))
        {
            var start = _clock.Elapsed;
            var checks = probed.Select(o => o.Check).ToArray();
            var found = checks is [var single] ? [single.Probe()] : ModelCheck.ProbeTogether(checks);
            foreach (var (observer, verdict) in probed.Zip(found))
            {
                observer.Judge(_node, start, verdict);
                Steps++;
            }
        }
    }

    public void Dispose() => _observers.ForEach(o => o.Check.Dispose());

    private void Observe(string name, string? identity, ModelCheck check, ModelKind kind = ModelKind.Own) =>
        _observers.Add(new WalkObserver(name, identity, kind, name.EndsWith("NMI required", StringComparison.Ordinal), check, _clock));
}
