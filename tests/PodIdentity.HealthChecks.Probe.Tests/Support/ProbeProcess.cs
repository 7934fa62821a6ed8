using System.Diagnostics;
using System.Runtime.InteropServices;

namespace PodIdentity.HealthChecks.Probe.Tests.Support;

/// <summary>How a run of the probe ended.</summary>
internal sealed record ProbeResult(int ExitCode, string Output, string Error)
{
    public string All => Output + Error;
}

/// <summary>The probe as a process, with nothing in its environment but what a test puts there.</summary>
internal sealed class ProbeProcess : IDisposable
{
    private static readonly string[] Own = ["POD_IDENTITY_", "HTTP_RETRY_", "HOST_IP", "AZURE_", "SSL_CERT_"];

    /// <summary>Only a probe that hangs takes so long.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly Process _process;
    private readonly Task<string> _error;

    private ProbeProcess(Process process)
    {
        _process = process;
        _error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    public int Id => _process.Id;

    public static async Task<ProbeResult> RunAsync(string arguments, params (string Name, string Value)[] environment)
    {
        using var probe = Start(arguments, environment);
        return await probe.EndAsync();
    }

    public static ProbeProcess Start(string arguments, params (string Name, string Value)[] environment) =>
        Start(ProbeBinary.Command.File, [.. ProbeBinary.Command.Arguments, .. Split(arguments)], environment);

    /// <summary>Within a line of shell, where it is <c>"$@"</c>.</summary>
    public static ProbeProcess StartIn(string shell, string arguments, params (string Name, string Value)[] environment) => Start(
        "/bin/sh", ["-c", shell, "sh", ProbeBinary.Command.File, .. ProbeBinary.Command.Arguments, .. Split(arguments)], environment);

    public static ProbeProcess Start(string file, IEnumerable<string> arguments, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(file, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var inherited in start.Environment.Keys.Where(n => Own.Any(o => n.StartsWith(o, StringComparison.Ordinal))).ToArray())
        {
            start.Environment.Remove(inherited);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return new ProbeProcess(Process.Start(start)!);
    }

    public async Task<string> ReadLineAsync() =>
        await _process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(Patience)
        ?? throw new InvalidOperationException($"The probe ended: {await _error}");

    /// <summary>Reads on until a line begins in this way: on a slow machine a watch may have something else to say before.</summary>
    public async Task ReadUntilAsync(string start)
    {
        while (!(await ReadLineAsync()).StartsWith(start, StringComparison.Ordinal))
        {
        }
    }

    /// <summary>Ends its standard output, as a reader that has gone.</summary>
    public void CloseOutput() => _process.StandardOutput.Close();

    public void Signal(PosixSignal signal) => Assert.True(TrySignal(signal));

    public bool TrySignal(PosixSignal signal) => Native.Kill(_process.Id, signal is PosixSignal.SIGINT ? 2 : 15) is 0;

    public async Task<ProbeResult> EndAsync(bool withOutput = true)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var output = withOutput ? await _process.StandardOutput.ReadToEndAsync(cancellation).WaitAsync(Patience, cancellation) : string.Empty;
        var error = await _error.WaitAsync(Patience, cancellation);
        await _process.WaitForExitAsync(cancellation).WaitAsync(Patience, cancellation);
        return new ProbeResult(_process.ExitCode, output, error);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    private static string[] Split(string arguments) => arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries);

    private static class Native
    {
        [DllImport("libc", EntryPoint = "kill")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Kill(int process, int signal);
    }
}
