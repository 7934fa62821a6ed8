using System.Diagnostics;
using System.Formats.Tar;
using System.Security.Cryptography;
using System.Text.Json;

namespace PodIdentity.HealthChecks.Probe.Tests.Processes;

/// <summary>The image archive, opened: the published one, or else one that is packed around a stand-in for the executable.</summary>
public sealed class ImageTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory();

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task It_holds_the_executable_and_whom_it_trusts_and_nothing_else()
    {
        var files = await OpenAsync();
        var layer = Blob(files, Assert.Single(Manifest(files).GetProperty("layers").EnumerateArray()));

        await using var reader = new TarReader(new MemoryStream(layer));
        foreach (var (name, mode) in new[] { ("podidentity-probe", 0b111_101_101), ("etc/ssl/certs/ca-certificates.crt", 0b110_100_100) })
        {
            var entry = await reader.GetNextEntryAsync(cancellationToken: TestContext.Current.CancellationToken);
            Assert.Equal((name, mode, 0, 0), (entry?.Name, (int)entry!.Mode, entry.Uid, entry.Gid));
        }

        Assert.Null(await reader.GetNextEntryAsync(cancellationToken: TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task It_runs_the_executable_as_nobody_in_particular()
    {
        var files = await OpenAsync();
        var config = Parse(Blob(files, Manifest(files).GetProperty("config")));
        var settings = config.GetProperty("config");

        Assert.Equal("linux", config.GetProperty("os").GetString());
        Assert.Equal("65532:65532", settings.GetProperty("User").GetString());
        Assert.Equal("/podidentity-probe", Assert.Single(settings.GetProperty("Entrypoint").EnumerateArray()).GetString());
        var labels = settings.GetProperty("Labels");
        Assert.Equal("podidentity-probe", labels.GetProperty("org.opencontainers.image.title").GetString());
        Assert.Equal(Help.Version, labels.GetProperty("org.opencontainers.image.version").GetString());
        Assert.Equal("MIT", labels.GetProperty("org.opencontainers.image.licenses").GetString());
    }

    [Fact]
    public async Task Both_kinds_of_engine_find_the_same_image()
    {
        var files = await OpenAsync();
        var manifest = Manifest(files);
        var docker = Assert.Single(Parse(files["manifest.json"]).EnumerateArray());
        var layer = Assert.Single(manifest.GetProperty("layers").EnumerateArray()).GetProperty("digest").GetString();

        Assert.Equal(PathOf(manifest.GetProperty("config")), docker.GetProperty("Config").GetString());
        Assert.Equal(PathOf(manifest.GetProperty("layers")[0]), Assert.Single(docker.GetProperty("Layers").EnumerateArray()).GetString());
        Assert.Equal($"podidentity-probe:{Help.Version}", Assert.Single(docker.GetProperty("RepoTags").EnumerateArray()).GetString());
        Assert.Equal("1.0.0", Parse(files["oci-layout"]).GetProperty("imageLayoutVersion").GetString());

        // The layer is not compressed, so that its digest is that of its content.
        var content = Parse(Blob(files, manifest.GetProperty("config"))).GetProperty("rootfs").GetProperty("diff_ids");
        Assert.Equal(layer, Assert.Single(content.EnumerateArray()).GetString());
    }

    [Fact]
    public void It_is_no_larger_than_twelve_megabytes()
    {
        Assert.SkipWhen(ProbeBinary.Image is null, "PODIDENTITY_PROBE_IMAGE names no image archive.");

        Assert.InRange(new FileInfo(ProbeBinary.Image).Length, 1_000_000, 12_000_000);
    }

    [Fact]
    public void The_native_executable_is_no_larger_than_eight_megabytes_and_the_static_one_than_eleven_and_a_half()
    {
        Assert.SkipWhen(ProbeBinary.Native is null || ProbeBinary.Static is null, "PODIDENTITY_PROBE_BINARY and PODIDENTITY_PROBE_STATIC_BINARY name no executables.");

        Assert.InRange(new FileInfo(ProbeBinary.Native).Length, 1_000_000, 8_000_000);
        Assert.InRange(new FileInfo(ProbeBinary.Static).Length, 1_000_000, 11_500_000);
    }

    [Fact]
    public void The_Dockerfile_makes_it_in_four_lines() => Assert.Equal(
        ["FROM scratch", "COPY ca-certificates.crt /etc/ssl/certs/", "COPY --chmod=755 podidentity-probe /", "ENTRYPOINT [\"/podidentity-probe\"]"],
        File.ReadAllLines(Path.Combine(Repository.Root, "src", "PodIdentity.HealthChecks.Probe", "Image", "Dockerfile")));

    private static JsonElement Manifest(Dictionary<string, byte[]> files) =>
        Parse(Blob(files, Assert.Single(Parse(files["index.json"]).GetProperty("manifests").EnumerateArray())));

    private static byte[] Blob(Dictionary<string, byte[]> files, JsonElement descriptor)
    {
        var content = files[PathOf(descriptor)];
        Assert.Equal(content.Length, descriptor.GetProperty("size").GetInt32());
        Assert.Equal(descriptor.GetProperty("digest").GetString(), $"sha256:{Convert.ToHexStringLower(SHA256.HashData(content))}");
        return content;
    }

    private static string PathOf(JsonElement descriptor) => $"blobs/{descriptor.GetProperty("digest").GetString()!.Replace(':', '/')}";

    private static JsonElement Parse(byte[] json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    private async Task<Dictionary<string, byte[]>> OpenAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The archive is packed with GNU tar.");
        var files = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        await using var archive = File.OpenRead(ProbeBinary.Image ?? await PackAsync());
        await using var reader = new TarReader(archive);
        while (await reader.GetNextEntryAsync(copyData: true, TestContext.Current.CancellationToken) is { } entry)
        {
            if (entry.DataStream is { } data)
            {
                using var content = new MemoryStream();
                await data.CopyToAsync(content, TestContext.Current.CancellationToken);
                files.Add(entry.Name, content.ToArray());
            }
        }

        return files;
    }

    private async Task<string> PackAsync()
    {
        var executable = Path.Combine(_directory.FullName, "stand-in");
        await File.WriteAllTextAsync(executable, "a stand-in", TestContext.Current.CancellationToken);
        var bundle = Path.Combine(_directory.FullName, "bundle.crt");
        await File.WriteAllTextAsync(bundle, "a stand-in", TestContext.Current.CancellationToken);
        var archive = Path.Combine(_directory.FullName, "image.tar");
        using var pack = Process.Start("/bin/sh", [Path.Combine(AppContext.BaseDirectory, "Image", "pack.sh"), executable, bundle, archive, Help.Version]);
        await pack.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, pack.ExitCode);
        return archive;
    }
}
