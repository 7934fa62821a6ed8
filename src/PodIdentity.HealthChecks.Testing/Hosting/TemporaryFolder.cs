namespace PodIdentity.HealthChecks.Testing.Hosting;

/// <summary>What the simulator writes: made when first needed, and deleted with it.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    private readonly Lazy<DirectoryInfo> _folder = new(() => Directory.CreateTempSubdirectory("podidentity-simulator-"));

    public string PathOf(string name) => Path.Combine(_folder.Value.FullName, name);

    public void Dispose()
    {
        if (_folder.IsValueCreated && _folder.Value.Exists)
        {
            _folder.Value.Delete(recursive: true);
        }
    }
}
