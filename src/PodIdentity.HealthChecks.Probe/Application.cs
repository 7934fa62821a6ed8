using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Probe.Asking;
using PodIdentity.HealthChecks.Probe.Files;
using PodIdentity.HealthChecks.Probe.Output;
using PodIdentity.HealthChecks.Probe.Running;
using PodIdentity.HealthChecks.Probe.Settings;

namespace PodIdentity.HealthChecks.Probe;

/// <summary>From the command line to the exit code.</summary>
internal sealed class Application(IOutput output, Func<string, string?> environment, TimeProvider time)
{
    /// <summary>How long a watch waits for a token before it says that there is none yet.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public async Task<int> RunAsync(IReadOnlyList<string> words)
    {
        var arguments = Arguments.Read(words);
        if (arguments.AsksForHelp)
        {
            output.WriteOut(Help.Text);
            return ExitCode.Healthy;
        }

        if (arguments.AsksForVersion)
        {
            output.WriteOut(Help.Version);
            return ExitCode.Healthy;
        }

        var values = new Values(arguments, environment);

        // Nothing that could be switched off: the exec probes of a disabled gate run it, too.
        if (arguments.Command.Mode is Mode.Install)
        {
            return SayProblems(arguments, values) ? ExitCode.Configuration : Installation.Run(arguments.Command.Path!, output);
        }

        // Before anything else is read: it must help against a wrong configuration, too.
        var isDisabled = values.Flag(Setting.Disabled, otherwise: false);
        if (isDisabled)
        {
            return await StandAsideAsync(arguments.Command.Mode, values).ConfigureAwait(false);
        }

        if (arguments.Command.Mode is Mode.Status)
        {
            var reader = ReadStatus(arguments.Command, values);
            return SayProblems(arguments, values) ? ExitCode.Configuration : await reader.RunAsync().ConfigureAwait(false);
        }

        var plan = Plan.Read(arguments.Command, values);
        CheckStatusFile(plan, values);
        return SayProblems(arguments, values) ? ExitCode.Configuration : await RunAsync(plan).ConfigureAwait(false);
    }

    /// <summary>A file that cannot be written is found now, and not by whoever reads it.</summary>
    private static void CheckStatusFile(Plan plan, Values values)
    {
        if (plan.Watch.StatusFile is { } file && StatusWriter.FindProblem(file) is { } problem)
        {
            values.Complain(Setting.StatusFile, file, $"no file can be written there: {problem}", "/shared/identity");
        }
    }

    private bool SayProblems(Arguments arguments, Values values)
    {
        var problems = arguments.Problems.Concat(values.Complaints.Found).ToList();
        problems.ForEach(output.WriteError);
        return problems.Count > 0;
    }

    private StatusReader ReadStatus(Command command, Values values)
    {
        var path = command.Path ?? values.Text(Setting.StatusFile);
        if (string.IsNullOrEmpty(path))
        {
            values.Complaints.Add("status of what: which file does the watch write", "podidentity-probe status /shared/identity");
        }

        var failingFor = values.Duration(Setting.FailingFor, TimeSpan.Zero, TimeSpan.Zero, TimeSpan.FromDays(1), "5m");
        return new StatusReader(path ?? string.Empty, failingFor, time, ReportAs(Plan.ReadOutput(values)));
    }

    private IReport ReportAs(bool json) => json ? new JsonReport(output, time) : new TextReport(output);

    private async Task<int> StandAsideAsync(Mode mode, Values values)
    {
        var signals = mode is Mode.Watch ? new StopSignals() : null;
        var nothing = $"Nothing is checked: {Setting.Disabled.Variable} is set.";
        if (signals is null)
        {
            output.WriteOut(nothing);
            return ExitCode.Healthy;
        }

        // A sidecar that ends is started again; and who reads its status may not know that it is switched off.
        var watch = new WatchPlan(TimeSpan.FromSeconds(10), TimeSpan.Zero, values.Text(Setting.StatusFile));
        var answer = new Answer("watch", new Verdict(Severity.Healthy, null, nothing, new Dictionary<string, object>(StringComparer.Ordinal)));
        var writer = watch.StatusFile is { } file ? new StatusWriter(file, watch.GoodFor(TimeSpan.Zero), time, new TextReport(output)) : null;
        writer?.Write([answer]);
        output.WriteOut(nothing);
        while (true)
        {
            await Task.Delay(watch.Interval, time, signals.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (signals.Token.IsCancellationRequested)
            {
                return ExitCode.Healthy;
            }

            writer?.Write([answer]);
        }
    }

    private async Task<int> RunAsync(Plan plan)
    {
        var report = ReportAs(plan.AsJson);
        using var nmi = new NmiQuestion(plan.Nmi, time);
        using var token = new TokenQuestion(plan.Token, time, isLast: plan.Command.Mode is Mode.Check);
        var question = Among(plan.Command.Subjects, nmi, token);
        if (plan.Command.Mode is Mode.Check)
        {
            return await CheckOnceAsync(question, report).ConfigureAwait(false);
        }

        var signals = new StopSignals();
        try
        {
            if (plan.Command.Mode is Mode.Wait)
            {
                return await new WaitUntilHealthy(question, plan.Retries, LongestLook(plan, plan.Token.AttemptTimeout), time, report)
                    .RunAsync(signals.Token).ConfigureAwait(false);
            }

            await WatchAsync(plan, nmi, token, report, signals.Token).ConfigureAwait(false);
            return ExitCode.Healthy;
        }
        catch (OperationCanceledException) when (signals.Token.IsCancellationRequested)
        {
            report.Note(signals.WasInterrupt ? "Stopped by SIGINT." : "Stopped by SIGTERM.");
            return plan.Command.Mode is Mode.Watch ? ExitCode.Healthy
                : signals.WasInterrupt ? ExitCode.Interrupted
                : ExitCode.Terminated;
        }
    }

    private Task WatchAsync(Plan plan, NmiQuestion nmi, TokenQuestion token, IReport report, CancellationToken stopping)
    {
        var timeout = plan.Token.AttemptTimeout;
        var patience = timeout < Patience ? timeout : Patience;
        var watched = new WatchedToken(token, plan.Watch.ResultLifetime, patience, time, () => new ProgressLines(time, report, timeout));
        var writer = plan.Watch.StatusFile is { } file ? new StatusWriter(file, plan.Watch.GoodFor(LongestLook(plan, patience)), time, report) : null;
        return new WatchForever(Among(plan.Command.Subjects, nmi, watched), plan.Watch.Interval, time, report, writer is null ? null : writer.Write)
            .RunAsync(stopping);
    }

    private static TimeSpan LongestLook(Plan plan, TimeSpan forToken) =>
        (plan.Command.Subjects.HasFlag(Subjects.Nmi) ? plan.Nmi.AttemptTimeout : TimeSpan.Zero)
        + (plan.Command.Subjects.HasFlag(Subjects.Token) ? forToken : TimeSpan.Zero);

    private static IQuestion Among(Subjects subjects, IQuestion nmi, IQuestion token) => subjects switch
    {
        Subjects.Nmi => nmi,
        Subjects.Token => token,
        _ => new QuestionsInTurn([nmi, token]),
    };

    private static async Task<int> CheckOnceAsync(IQuestion question, IReport report)
    {
        var code = ExitCode.Healthy;
        foreach (var answer in await question.AskAsync(CancellationToken.None).ConfigureAwait(false))
        {
            report.Verdict(answer);
            code = answer.ExitCode;
        }

        return code;
    }
}
