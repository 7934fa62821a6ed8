extern alias probe;

using probe::PodIdentity.HealthChecks.Probe;
using probe::PodIdentity.HealthChecks.Probe.Settings;

namespace PodIdentity.HealthChecks.ManifestTests.Manifests;

/// <summary>A run of <c>podidentity-probe</c>, read by the executable's own reader.</summary>
internal sealed class ProbeCommand
{
    private readonly IReadOnlyList<string> _words;
    private readonly Plan? _plan;

    public ProbeCommand(IReadOnlyList<string> words, IReadOnlyDictionary<string, string> environment)
    {
        _words = words;
        var arguments = new Arguments(words);
        var values = new Values(arguments, environment);
        _plan = Asks ? Plan.Read(arguments.Command, values) : null;
        Problems = [.. values.Problems];
    }

    /// <summary>Gets what is wrong with it.</summary>
    public IReadOnlyList<string> Problems { get; } = [];

    /// <summary>Gets whether it asks NMI or for a token.</summary>
    public bool Asks => Verb is "check" or "wait" or "watch";

    /// <summary>Gets whether it notices that NMI is gone: where only Entra may answer, it does not.</summary>
    public bool NoticesNmi => _plan is { } plan && (plan.Command.Subjects.HasFlag(Subjects.Nmi) || plan.Token.RequiredResponder is not PodIdentityResponder.Entra);

    /// <summary>Gets whether it asks forever.</summary>
    public bool Watches => Verb is "watch";

    /// <summary>Gets how long one round takes at most: one question after the other.</summary>
    public TimeSpan Deadline =>
        _plan is not { Command.Subjects: var subjects } plan ? TimeSpan.Zero
        : (subjects.HasFlag(Subjects.Nmi) ? CheckTimes.DeadlineOf(plan.Nmi) : TimeSpan.Zero)
            + (subjects.HasFlag(Subjects.Token) ? CheckTimes.DeadlineOf(plan.Token) : TimeSpan.Zero);

    /// <summary>Gets how long it takes at most until it knows that NMI is silent: the rest is not asked then.</summary>
    public TimeSpan NoticesSilence =>
        _plan is not { } plan ? TimeSpan.Zero
        : plan.Command.Subjects.HasFlag(Subjects.Nmi) ? CheckTimes.DeadlineOf(plan.Nmi)
        : CheckTimes.DeadlineOf(plan.Token);

    /// <summary>Gets the longest pause between two rounds.</summary>
    public TimeSpan LongestPause => CheckTimes.Longest(_plan!.Watch.Interval);

    /// <summary>Gets the port on which it says what it has found.</summary>
    public int? ListensOn => _plan?.Watch.Listen?.Port;

    public string Text => string.Join(' ', _words);

    private string Verb => _words[0];

    public string? ValueOf(string flag) => _words.SkipWhile(word => !word.Equals(flag, StringComparison.Ordinal)).ElementAtOrDefault(1);
}
