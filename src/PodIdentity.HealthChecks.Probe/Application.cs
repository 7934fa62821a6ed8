using PodIdentity.HealthChecks.Probe.Asking;
using PodIdentity.HealthChecks.Probe.Output;
using PodIdentity.HealthChecks.Probe.Running;
using PodIdentity.HealthChecks.Probe.Settings;

namespace PodIdentity.HealthChecks.Probe;

/// <summary>From the command line to the exit code.</summary>
internal sealed class Application(IOutput output, Func<string, string?> environment, TimeProvider time)
{
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

        // Before anything else is read: it must help against a wrong configuration, too.
        var isDisabled = values.Flag(Setting.Disabled, otherwise: false);
        if (isDisabled)
        {
            return await StandAsideAsync(arguments.Command.Mode).ConfigureAwait(false);
        }

        var plan = Plan.Read(arguments.Command, values);
        var problems = arguments.Problems.Concat(values.Complaints.Found).ToList();
        if (problems.Count > 0)
        {
            problems.ForEach(output.WriteError);
            return ExitCode.Configuration;
        }

        return await RunAsync(plan).ConfigureAwait(false);
    }

    private async Task<int> StandAsideAsync(Mode mode)
    {
        using var signals = mode is Mode.Watch ? new StopSignals() : null;
        output.WriteOut($"Nothing is checked: {Setting.Disabled.Variable} is set.");
        if (signals is not null)
        {
            // A sidecar that ends is started again.
            await Task.Delay(Timeout.InfiniteTimeSpan, time, signals.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return ExitCode.Healthy;
    }

    private async Task<int> RunAsync(Plan plan)
    {
        IReport report = plan.AsJson ? new JsonReport(output, time) : new TextReport(output);
        using var nmi = new NmiQuestion(plan.Nmi, time);
        using var token = new TokenQuestion(plan.Token, time, isLast: plan.Command.Mode is Mode.Check);
        IQuestion question = plan.Command.Subjects switch
        {
            Subjects.Nmi => nmi,
            Subjects.Token => token,
            _ => new QuestionsInTurn([nmi, token]),
        };
        if (plan.Command.Mode is Mode.Check)
        {
            return await CheckOnceAsync(question, report).ConfigureAwait(false);
        }

        using var signals = new StopSignals();
        try
        {
            if (plan.Command.Mode is Mode.Wait)
            {
                return await new WaitUntilHealthy(question, plan.Retries, plan.Token.AttemptTimeout, time, report)
                    .RunAsync(signals.Token).ConfigureAwait(false);
            }

            await new WatchForever(question, plan.Interval, plan.Token.AttemptTimeout, time, report).RunAsync(signals.Token).ConfigureAwait(false);
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
