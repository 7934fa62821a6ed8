using System.Text;
using PodIdentity.HealthChecks.Probe.Output;

namespace PodIdentity.HealthChecks.Probe.Tests.Support;

/// <summary>
/// The probe in the test's own process, on a clock that only the test moves: however slow the machine is, no deadline passes by itself.
/// <c>wait</c> and <c>watch</c> are processes, since they take over the signals.
/// </summary>
internal sealed class InProcess : IOutput
{
    private readonly StringBuilder _output = new();
    private readonly StringBuilder _error = new();

    public static Task<ProbeResult> RunAsync(string arguments, params (string Name, string Value)[] environment) =>
        RunAsync(new ManualTimeProvider(), arguments, environment);

    public static async Task<ProbeResult> RunAsync(TimeProvider time, string arguments, params (string Name, string Value)[] environment)
    {
        var output = new InProcess();
        var application = new Application(output, Variables.Of(environment), time);
        var code = await application.RunAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        return new ProbeResult(code, $"{output._output}", $"{output._error}");
    }

    public bool WriteOut(string line) => Append(_output, line);

    public bool WriteError(string line) => Append(_error, line);

    public void DropUnread()
    {
        // Everything is read.
    }

    private static bool Append(StringBuilder text, string line)
    {
        text.Append(line).Append('\n');
        return true;
    }
}
