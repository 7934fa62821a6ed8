using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace PodIdentity.HealthChecks.Probe.Running;

/// <summary>What a process that lives for months has used once, and keeps from the application beside it.</summary>
internal static partial class UnusedMemory
{
    private static readonly TimeSpan Period = TimeSpan.FromMinutes(1);

    /// <summary>Gives it back to the system, which neither the collector nor the C library does by itself while there is plenty.</summary>
    public static ITimer GiveBackRegularly(TimeProvider time) => time.CreateTimer(static _ => GiveBack(), null, Period, Period);

    private static void GiveBack()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);

        // TLS takes its memory from the C library. Only the native executables know which one that is: not all have this function.
        if (!RuntimeFeature.IsDynamicCodeSupported && OperatingSystem.IsLinux())
        {
            _ = Trim(0);
        }
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Trim(nuint pad);
}
