namespace PodIdentity.HealthChecks.Testing.WorkloadIdentity;

/// <summary>
/// A projected volume as the kubelet writes it: the file is a link into <c>..data</c>, which is a link to a folder with a date for a name. All
/// files change at once, when <c>..data</c> is replaced.
/// </summary>
internal sealed class ProjectedVolume
{
    private const string Data = "..data";

    private readonly string _folder;
    private readonly string _name;
    private string? _current;

    public ProjectedVolume(string folder, string name)
    {
        _folder = folder;
        _name = name;
        Directory.CreateDirectory(folder);
    }

    public string File => Path.Combine(_folder, _name);

    /// <param name="content">Of the file.</param>
    /// <param name="now">Names the folder.</param>
    public void Write(string content, DateTimeOffset now)
    {
        if (OperatingSystem.IsWindows())
        {
            System.IO.File.WriteAllText(File, content); // where a link takes a privilege
            return;
        }

        var next = $"..{now:yyyy_MM_dd_HH_mm_ss}.{Path.GetRandomFileName()}";
        Directory.CreateDirectory(Path.Combine(_folder, next));
        System.IO.File.WriteAllText(Path.Combine(_folder, next, _name), content);

        // .NET moves no link that leads to a folder: beside the volume, this one leads nowhere.
        var link = _folder + Data;
        System.IO.File.CreateSymbolicLink(link, next);
        System.IO.File.Move(link, Path.Combine(_folder, Data), overwrite: true);
        if (_current is null)
        {
            System.IO.File.CreateSymbolicLink(File, Path.Combine(Data, _name));
        }
        else
        {
            Directory.Delete(Path.Combine(_folder, _current), recursive: true);
        }

        _current = next;
    }

    public void Delete() => Directory.Delete(_folder, recursive: true);
}
