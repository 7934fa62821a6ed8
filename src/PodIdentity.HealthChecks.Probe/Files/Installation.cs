using System.Runtime.CompilerServices;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Probe.Output;

namespace PodIdentity.HealthChecks.Probe.Files;

/// <summary>Copies this executable into a volume, so that a container of any image can run it as an exec probe.</summary>
internal static class Installation
{
    private const UnixFileMode Executable = (UnixFileMode)0b111_101_101;

    public static int Run(string directory, IOutput output)
    {
        var target = Path.Combine(directory, "podidentity-probe");
        var executable = OperatingSystem.IsLinux() ? "/proc/self/exe" : Environment.ProcessPath!;
        var problem =
            RuntimeFeature.IsDynamicCodeSupported // many files, which need the runtime
                ? "install copies the native executable, and this is the build for the .NET runtime: use the image, or what publish.sh builds"
            : !File.Exists(executable) ? $"{executable} does not exist: install needs /proc, which every container runtime mounts"
            : !Directory.Exists(directory) ? $"'{SafeText.Identifier(directory)}' does not exist, is not a directory, or is not accessible"
            : AtomicFile.TryWrite(target, Executable, file =>
            {
                using var source = File.OpenRead(executable);
                source.CopyTo(file);
            }) is { } failure ? $"cannot write {SafeText.Identifier(target)}: {failure}"
            : null;
        if (problem is not null)
        {
            output.WriteError($"{problem}. Example: podidentity-probe install /shared (where /shared is an emptyDir that this container and the application's container both mount)");
            return ExitCode.Configuration;
        }

        output.WriteOut($"Installed {SafeText.Identifier(target)}: version {Help.Version}, {new FileInfo(target).Length / 1e6:0.0} MB.");
        return ExitCode.Healthy;
    }
}
