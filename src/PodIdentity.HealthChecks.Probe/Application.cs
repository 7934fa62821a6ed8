using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using PodIdentity.HealthChecks.Checks;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Probe.Asking;
using PodIdentity.HealthChecks.Probe.Examining;
using PodIdentity.HealthChecks.Probe.Files;
using PodIdentity.HealthChecks.Probe.Listening;
using PodIdentity.HealthChecks.Probe.Output;
using PodIdentity.HealthChecks.Probe.Running;
using PodIdentity.HealthChecks.Probe.Settings;
using PodIdentity.HealthChecks.Tokens;

namespace PodIdentity.HealthChecks.Probe;

/// <summary>From the command line to the exit code.</summary>
internal sealed class Application(IOutput streams, IReadOnlyDictionary<string, string> environment, TimeProvider time)
{
    /// <summary>How long a watch waits for a token before it says that there is none yet.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly TrustedRoots _roots = new(environment.GetValueOrDefault);
    private IOutput _output = streams;

    public async Task<int> RunAsync(IReadOnlyList<string> words)
    {
        var arguments = new Arguments(words);
        if (arguments.Text is { } text)
        {
            _output.WriteOut(text);
            return ExitCode.Healthy;
        }

        var values = new Values(arguments, environment);
        var command = arguments.Command;
        if (command.Mode is Mode.Watch)
        {
            _output.DropUnread();
        }

        if (command.Mode is Mode.Exec)
        {
            // Standard output is the command's.
            _output = new ErrorOutput(_output);
        }

        // It checks nothing that could be switched off, and the exec probes of a disabled gate need it.
        if (command.Mode is Mode.Install)
        {
            return ReportProblems(values) ? ExitCode.Configuration : Installation.Run(command.Path!, _output);
        }

        // Before anything else is read: it must help against wrong settings as well.
        if (values.Read(ProbeSetting.Disabled))
        {
            return await StandAsideAsync(command, values).ConfigureAwait(false);
        }

        if (command.Mode is Mode.Status)
        {
            var reader = ReadStatus(command, values);
            return ReportProblems(values) ? ExitCode.Configuration : await reader.RunAsync().ConfigureAwait(false);
        }

        var plan = Plan.Read(command, values);

        // A file that cannot be written is reported now, and not only by its readers.
        if (plan.Watch.StatusFile is { } file && StatusWriter.FindProblem(file) is { } problem)
        {
            values.Complain(ProbeSetting.StatusFile, file, $"it cannot be written: {problem}");
        }

        var socket = Bind(plan.Watch.Listen, out var obstacle);
        if (obstacle is not null)
        {
            values.Complain(ProbeSetting.Listen, values.Text(ProbeSetting.Listen), obstacle, "8091");
        }

        if (command.Mode is Mode.Exec)
        {
            values.MisspeltVariables().ToList().ForEach(ReportAs(values.AsJson).Note);
        }

        return ReportProblems(values) ? ExitCode.Configuration : await RunAsync(plan, socket).ConfigureAwait(false);
    }

    private bool ReportProblems(Values values)
    {
        var problems = values.Problems.ToList();
        problems.ForEach(problem => ReportAs(values.AsJson).Problem(problem, ExitCode.Configuration));
        return problems.Count > 0;
    }

    private StatusReader ReadStatus(Command command, Values values)
    {
        var path = command.Path ?? values.Read(ProbeSetting.StatusFile);
        if (string.IsNullOrEmpty(path))
        {
            values.Errors.Add("no status file is named", "podidentity-probe status /shared/identity");
        }

        return new StatusReader(path ?? string.Empty, values.Read(ProbeSetting.FailingFor), time, ReportAs(values.Read(ProbeSetting.Output)));
    }

    private IReport ReportAs(bool json) => json ? new JsonReport(_output, time) : new TextReport(_output);

    private async Task<int> StandAsideAsync(Command command, Values values)
    {
        var answer = WatchStatus.Answer(HealthStatus.Healthy, $"Nothing is checked: {ProbeSetting.Disabled.Variable} is set.");
        if (command.Mode is not Mode.Watch)
        {
            ReportAs(values.AsJson).Note(answer.Verdict.What);
            return command.Mode is not Mode.Exec ? ExitCode.Healthy
                : command.Program is [] && ReportProblems(values) ? ExitCode.Configuration
                : Become(command.Program, ReportAs(values.AsJson));
        }

        // A sidecar that ends is restarted, and its readers may not know that it is switched off: it stays, and keeps its status file.
        var signals = new StopSignals();
        var report = ReportAs(values.AsJson);
        var watch = new WatchPlan(
            ProbeSetting.Interval.Default, TimeSpan.Zero, values.Read(ProbeSetting.StatusFile), values.Read(ProbeSetting.Listen), TimeSpan.Zero);
        var socket = Bind(watch.Listen, out var obstacle);
        var (keep, _) = Publish(watch, TimeSpan.Zero, socket, report, signals.Token);
        keep(Round.After(before: null, [answer], time));
        report.Note(answer.Verdict.What);
        if (watch.Listen is null && values.Text(ProbeSetting.Listen) is not null)
        {
            obstacle = $"{values.NameOf(ProbeSetting.Listen)} must be {ProbeSetting.Listen.Accepted}";
        }

        if (obstacle is not null)
        {
            report.Note($"The watch is not listening: {obstacle}.");
        }

        while (!signals.Token.IsCancellationRequested)
        {
            await Task.Delay(watch.Interval, time, signals.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            keep(Round.After(before: null, [answer], time));
        }

        return ExitCode.Healthy;
    }

    private async Task<int> RunAsync(Plan plan, Socket? socket)
    {
        var report = ReportAs(plan.AsJson);
        using var nmi = new NmiAttempt(plan.Nmi, time);
        using var token = AttemptOf(plan, report);
        var question = Among(plan.Command.Subjects, new AttemptQuestion("nmi", nmi), new AttemptQuestion("token", token), token.ForgetToken);
        if (plan.Command.Mode is Mode.Check)
        {
            return await CheckOnceAsync(question, report).ConfigureAwait(false);
        }

        var signals = new StopSignals();
        signals.Token.Register(_output.DropUnread);
        try
        {
            // A mistyped command is told now, and not after minutes.
            if (plan.Command.Mode is Mode.Exec && Replacement.FindProblem(plan.Command.Program[0]) is { } problem)
            {
                return Refuse(problem, report);
            }

            if (plan.Command.Mode is Mode.Wait or Mode.Exec)
            {
                var code = await new WaitUntilHealthy(question, plan.Retries, LongestLook(plan, plan.Token.AttemptTimeout), time, report)
                    .RunAsync(signals.Token).ConfigureAwait(false);
                if (plan.Command.Mode is Mode.Wait || (code is not ExitCode.Healthy && !plan.RunsOnTimeout))
                {
                    return code;
                }

                if (code is not ExitCode.Healthy)
                {
                    report.Note("Running the command anyway, because --on-timeout is 'run'.");
                }

                signals.Release();
                signals.Token.ThrowIfCancellationRequested();
                return Become(plan.Command.Program, report);
            }

            if (plan.Command.Mode is Mode.Doctor)
            {
                return await new Examination(plan, p => AttemptOf(p, report), _roots, environment.GetValueOrDefault, time, report).RunAsync(signals.Token).ConfigureAwait(false);
            }

            await WatchAsync(plan, question, socket, report, signals.Token).ConfigureAwait(false);
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

    private int Become(IReadOnlyList<string> program, IReport report)
    {
        _roots.Restore();
        return Refuse(Replacement.Become(program), report);
    }

    private static int Refuse((int ExitCode, string Problem) problem, IReport report)
    {
        report.Problem($"exec {problem.Problem}.", problem.ExitCode);
        return problem.ExitCode;
    }

    private TokenAttempt AttemptOf(Plan plan, IReport report) =>
        new(plan.Token, (client, _) => SourceOf(plan, client), time, plan.Federated is { } pod ? () => _roots.Connect(pod) : null)
        {
            HasMemory = plan.Command.Mode is Mode.Watch,
            Patience = PatienceOf(plan),
            ResultLifetime = plan.Watch.ResultLifetime,
            FailureLifetime = plan.Federated is null ? TimeSpan.Zero : plan.Token.LifetimeOf(isGood: false, isOfEntra: true),
            OnPending = ended => _ = SayProgressAsync(ended, report),
        };

    private ITokenSource SourceOf(Plan plan, TokenClient client) => plan.Federated is { } pod
        ? new FederatedTokenSource(client, plan.Token, pod, time)
        : new DirectTokenSource(client, plan.Token, isOnlyAttempt: plan.Command.Mode is Mode.Check, time);

    private async Task WatchAsync(Plan plan, IQuestion question, Socket? socket, IReport report, CancellationToken stopping)
    {
        var (keep, serving) = Publish(plan.Watch, LongestLook(plan, PatienceOf(plan)), socket, report, stopping);
        using var memory = UnusedMemory.GiveBackRegularly(time);
        var watching = new WatchForever(question, plan.Watch.Interval, time, report, keep).RunAsync(stopping);
        await (await Task.WhenAny(watching, serving).ConfigureAwait(false)).ConfigureAwait(false);
    }

    /// <returns>What to give each round to, and what lasts for as long as those are answered who ask for the last one.</returns>
    private (Action<Round> Keep, Task Serving) Publish(WatchPlan watch, TimeSpan maxRound, Socket? socket, IReport report, CancellationToken stopping)
    {
        var goodFor = watch.GoodFor(maxRound);
        var writer = watch.StatusFile is { } file ? new StatusWriter(file, goodFor, time, report) : null;
        var endpoints = new Endpoints(goodFor, watch.FailingFor, time);
        var serving = socket is null ? Task.Delay(Timeout.InfiniteTimeSpan, time, stopping) : new Listener(socket, endpoints.Answer, time).RunAsync(stopping);
        return (
            round =>
            {
                writer?.Write(round);
                endpoints.Keep(round);
            },
            serving);
    }

    /// <summary>Before the first round: a port that cannot be had is reported now, and not only to those who ask there.</summary>
    private static Socket? Bind(IPEndPoint? endpoint, out string? problem)
    {
        (var socket, problem) = endpoint is null ? default : ListenAddress.Bind(endpoint);
        return socket;
    }

    private async Task SayProgressAsync(Task ended, IReport report)
    {
        using var progress = new ProgressLines(time, report, PendingTokenRequest.MaxWait);
        await ended.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>A watch does not wait for an answer that may take minutes: it looks at NMI meanwhile.</summary>
    private static TimeSpan PatienceOf(Plan plan) =>
        plan.Command.Mode is Mode.Watch && plan.Token.AttemptTimeout > Patience ? Patience : plan.Token.AttemptTimeout;

    private static TimeSpan LongestLook(Plan plan, TimeSpan forToken) =>
        (plan.Command.Subjects.HasFlag(Subjects.Nmi) ? plan.Nmi.AttemptTimeout : TimeSpan.Zero)
        + (plan.Command.Subjects.HasFlag(Subjects.Token) ? forToken : TimeSpan.Zero);

    private static IQuestion Among(Subjects subjects, IQuestion nmi, IQuestion token, Action onFailure) => subjects switch
    {
        Subjects.Nmi => nmi,
        Subjects.Token => token,
        _ => new QuestionsInTurn([nmi, token], onFailure),
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
