using PodIdentity.HealthChecks.Tests.Support;
using static PodIdentity.HealthChecks.PodIdentityFailureReason;

namespace PodIdentity.HealthChecks.Tests.Attack;

/// <summary>The same answers where NMI's health, and its fingerprint, are asked for.</summary>
public sealed class HostileNmiTests
{
    private const long Generous = 20 * 1024 * 1024;

    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(3);

    public static TheoryData<string> Answers => [.. HostileAnswer.All.Select(a => a.Name)];

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task No_answer_passes_for_a_healthy_NMI(string answer)
    {
        var hostile = HostileAnswer.Find(answer);
        await using var server = new RawServer(c => hostile.Give(c, HostileAnswer.WrongClientId));

        var entry = await CheckAsync(server, server.Address, hostile.Reason is TimedOut);

        Assert.Contains(entry.Reason(), new PodIdentityFailureReason?[] { NmiUnreachable, InvalidResponse, NmiNotActive });
    }

    [Theory]
    [MemberData(nameof(Answers))]
    public async Task No_answer_passes_for_the_fingerprint(string answer)
    {
        var hostile = HostileAnswer.Find(answer);
        await using var node = await Node.StartAsync();
        await using var server = new RawServer(async c =>
        {
            c.TakesFingerprintForToken = true;
            await hostile.Give(c, HostileAnswer.WrongClientId);
        });

        var entry = await CheckAsync(server, node.NmiProbeAddress, hostile.Reason is TimedOut);

        // Silence is nobody's answer.
        Assert.Contains(entry.Reason(), hostile.Reason is TimedOut ? [NmiUnreachable] : new PodIdentityFailureReason?[] { NotIntercepted, NmiUnreachable });
    }

    private static async Task<HealthReportEntry> CheckAsync(RawServer server, Uri nmi, bool hangs)
    {
        var clock = new ManualTimeProvider();
        await using var pod = CheckedPod.Create(
            checks => checks.AddNmiHealth(o =>
            {
                o.Endpoint = new Uri(nmi, "healthz");
                o.MetadataAddress = server.Address;
                o.AttemptTimeout = AttemptTimeout;
                CheckedPod.AskEveryTime(o);
            }),
            clock);
        var before = GC.GetTotalAllocatedBytes(precise: true);

        var check = pod.CheckAsync();
        if (hangs)
        {
            await server.Hanging;
            clock.Advance(AttemptTimeout);
        }

        var entry = await check;
        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.InRange((TimeSpan)entry.Data[PodIdentityDataKeys.Elapsed], TimeSpan.Zero, AttemptTimeout);
        Assert.InRange(GC.GetTotalAllocatedBytes(precise: true) - before, 0, Generous);
        entry.ShouldBeFitToShow();
        return entry;
    }
}
