namespace PodIdentity.HealthChecks.Probe.Tests.Processes;

/// <summary>The static executable as in a container made from nothing.</summary>
public sealed class StaticBinaryTests : IDisposable
{
    /// <summary>A read-only root with /proc and some of /dev, another user, and no capability.</summary>
    private const string EmptyRoot =
        """
        set -e
        root=$1
        shift
        mount --bind "$root" "$root"
        mount -o remount,ro,bind "$root"
        mount -t proc proc "$root/proc"
        mount -t tmpfs -o size=64k,mode=755 tmpfs "$root/dev"
        for device in null zero random urandom; do
          : >"$root/dev/$device"
          mount --bind "/dev/$device" "$root/dev/$device"
        done
        exec chroot --userspec=65532:65532 "$root" /podidentity-probe "$@"
        """;

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory();

    public void Dispose() => _root.Delete(recursive: true);

    [Theory]
    [InlineData("check all", NmiState.Active, 0)]
    [InlineData("check token --output json", NmiState.Active, 0)]
    [InlineData("wait token --retry-count 1", NmiState.Killed, 2)]
    public async Task It_runs_in_an_empty_root(string arguments, NmiState state, int code)
    {
        MakeRoot();
        await using var node = await Pod.StartAsync();
        await node.Nmi.SetStateAsync(state);

        var result = await RunAsync(arguments, node.Environment());

        Assert.Equal((code, result.All), (result.ExitCode, result.All));
        Assert.NotEmpty(result.All);
    }

    [Fact]
    public async Task In_the_image_it_finds_Entra_by_the_pods_name_server_and_trusts_the_images_bundle()
    {
        MakeRoot();
        const string Name = "login.entra.example";
        await using var pod = await FederatedPod.StartAsync(Name);
        using var dns = new ScriptedDns(Name);
        Put("etc/resolv.conf", ScriptedDns.ResolvConf);
        Put("etc/ssl/certs/ca-certificates.crt", await File.ReadAllTextAsync(pod.Entra.CertificateAuthorityFile, TestContext.Current.CancellationToken));
        Put("token", await File.ReadAllTextAsync(pod.TokenFile, TestContext.Current.CancellationToken));

        var result = await RunAsync(
            "check token",
            pod.Environment(("SSL_CERT_FILE", ""), ("SSL_CERT_DIR", ""), ("AZURE_FEDERATED_TOKEN_FILE", "/token")));

        Assert.Equal((0, result.All), (result.ExitCode, result.All));
        Assert.StartsWith("Healthy: Microsoft Entra ID issued a token", result.Output, StringComparison.Ordinal);
        Assert.Contains($"{Name}.default.svc.cluster.local", dns.Questions, StringComparer.Ordinal);
    }

    private async Task<ProbeResult> RunAsync(string arguments, (string, string)[] environment)
    {
        using var probe = ProbeProcess.Start(
            "unshare",
            ["--mount", "--pid", "--fork", "sh", "-c", EmptyRoot, "sh", _root.FullName, .. arguments.Split(' ')],
            environment);
        var result = await probe.EndAsync();
        Assert.SkipWhen(result.Error.Contains("unshare: unshare failed", StringComparison.Ordinal), "This machine lets nobody make a mount namespace.");
        return result;
    }

    private void Put(string path, string content)
    {
        var file = new FileInfo(Path.Combine(_root.FullName, path));
        file.Directory!.Create();
        File.WriteAllText(file.FullName, content);
    }

    private void MakeRoot()
    {
        Assert.SkipWhen(ProbeBinary.Static is null, "PODIDENTITY_PROBE_STATIC_BINARY names no static executable.");
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no root.");
        Assert.SkipUnless(Environment.IsPrivilegedProcess, "Only root can change the root.");
        if (!OperatingSystem.IsWindows())
        {
            const UnixFileMode Everybody = (UnixFileMode)0b111_101_101;
            File.SetUnixFileMode(_root.FullName, Everybody);
            File.Copy(ProbeBinary.Static!, Path.Combine(_root.FullName, "podidentity-probe"));
            File.SetUnixFileMode(Path.Combine(_root.FullName, "podidentity-probe"), Everybody);
            _root.CreateSubdirectory("proc");
            _root.CreateSubdirectory("dev");
        }
    }
}
