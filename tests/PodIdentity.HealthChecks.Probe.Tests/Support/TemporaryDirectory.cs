namespace PodIdentity.HealthChecks.Probe.Tests.Support;

/// <summary>A directory that goes with its test.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory();

    public string Path => _directory.FullName;

    public IEnumerable<string> Names => _directory.EnumerateFileSystemInfos().Select(f => f.Name);

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => _directory.Delete(recursive: true);
}
