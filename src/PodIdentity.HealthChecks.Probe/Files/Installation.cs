using System.Globalization;
using System.Runtime.CompilerServices;
using PodIdentity.HealthChecks.Diagnosis;
using PodIdentity.HealthChecks.Probe.Output;

namespace PodIdentity.HealthChecks.Probe.Files;

/// <summary>Copies this executable into a volume, so that a container of any image can run it as an exec probe.</summary>
internal static class Installation
{
    private const string Name = "podidentity-probe";
    private const string Example = "Example: podidentity-probe install /shared, where an emptyDir is mounted in this container and in the application's";
    private const UnixFileMode Executable = (UnixFileMode)0b111_101_101;

    public static int Run(string directory, IOutput output)
    {
        // The build for the .NET runtime is many files, and nothing without that runtime.
        if (RuntimeFeature.IsDynamicCodeSupported)
        {
            output.WriteError("install copies the native executable, and this is the build for the .NET runtime: run it from the image or from what publish.sh made");
            return ExitCode.Configuration;
        }

        var executable = OperatingSystem.IsLinux() ? "/proc/self/exe" : Environment.ProcessPath!;
        var target = Path.Combine(directory, Name);
        var shown = SafeText.Identifier(target);
        try
        {
            if (!File.Exists(executable))
            {
                output.WriteError($"{executable} is not there, where the system shows the executable that runs: install needs /proc, as every container runtime mounts it. {Example}");
                return ExitCode.Configuration;
            }

            if (!Directory.Exists(directory))
            {
                output.WriteError($"'{SafeText.Identifier(directory)}' is no directory, or cannot be seen: install copies the executable into one that is there. {Example}");
                return ExitCode.Configuration;
            }

            using var source = File.OpenRead(executable);
            WholeFile.Write(target, Executable, source.CopyTo);
            output.WriteOut(string.Create(CultureInfo.InvariantCulture, $"Installed {shown}: version {Help.Version}, {source.Length / 1e6:0.0} MB."));
            return ExitCode.Healthy;
        }
        catch (Exception exception) when (FileProblem.IsOne(exception))
        {
            output.WriteError($"{shown} cannot be written: {FileProblem.Of(exception)}. {Example}");
            return ExitCode.Configuration;
        }
    }
}
