using System.Globalization;

namespace PodIdentity.HealthChecks.ClusterTests.Cluster;

/// <summary>What a container uses, as its cgroup counts it.</summary>
/// <param name="MemoryMiB">Its memory without the cache of files, as <c>kubectl top</c> shows it.</param>
/// <param name="Cpu">The processor's time since its start.</param>
internal sealed record PodUsage(double MemoryMiB, TimeSpan Cpu)
{
    private const double MiB = 1024 * 1024;

    /// <summary>Prints memory in use, inactive files, and nanoseconds of the processor, on cgroup v1; on v2 the last in microseconds.</summary>
    public static readonly IReadOnlyList<string> Command =
    [
        "sh", "-c",
        "cd /sys/fs/cgroup; if [ -f memory.current ]; then"
        + " cat memory.current; grep '^inactive_file ' memory.stat; grep '^usage_usec ' cpu.stat; else"
        + " cat memory/memory.usage_in_bytes; grep '^total_inactive_file ' memory/memory.stat; echo usage_nsec $(cat cpuacct/cpuacct.usage); fi",
    ];

    public static PodUsage Parse(string text)
    {
        var numbers = text.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => long.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture)).ToArray();
        var perTick = text.Contains("usage_usec", StringComparison.Ordinal) ? 1 / (double)TimeSpan.TicksPerMicrosecond : TimeSpan.NanosecondsPerTick;
        return numbers is [var used, var inactive, var cpu]
            ? new((used - inactive) / MiB, TimeSpan.FromTicks((long)(cpu / perTick)))
            : throw new FormatException($"This is no usage of a container: {text}");
    }
}
