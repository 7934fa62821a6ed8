using System.Collections.ObjectModel;
using System.Diagnostics;
using System.Text.Json;
using Deque.AxeCore.Commons;
using OpenQA.Selenium;
using OpenQA.Selenium.Chrome;

namespace WebApp.Tests.Page;

/// <summary>Debian's Chromium with the page of the sample open, which is a process of its own.</summary>
public class Chromium : IAsyncLifetime
{
    private const string Browser = "/usr/bin/chromium";
    private const string Driver = "/usr/bin/chromedriver";

    private readonly string _profile = Directory.CreateTempSubdirectory("chromium-").FullName;
    private ChromeDriver? _driver;
    private Process? _sample;

    /// <summary>What the sample is started with.</summary>
    protected virtual IReadOnlyList<string> Settings => [];

    /// <summary>Gets where the sample listens.</summary>
    public Uri Sample { get; private set; } = null!;

    /// <summary>Gets what stands for the metadata address on the sample's node.</summary>
    public Uri MetadataAddress { get; private set; } = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        // Where nobody is there to notice a skipped test, a browser that is missing is a failure.
        var isMissing = !File.Exists(Browser) || !File.Exists(Driver);
        if (isMissing && string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")))
        {
            return;
        }

        _sample = SampleProcess.Start("Development", ["--urls", "http://127.0.0.1:0", .. Settings]);
        var written = await _sample.ReadUntilAsync("/health/live");
        _ = _sample.StandardOutput.ReadToEndAsync(CancellationToken.None); // so that it can go on writing
        Sample = new Uri(written.Split('\n').Last(line => line.EndsWith("/simulator", StringComparison.Ordinal))[..^"simulator".Length]);
        MetadataAddress = new Uri(written.Split("simulated in this process, at ")[1].Split(": ")[0]);

        var options = new ChromeOptions { BinaryLocation = Browser };
        options.AddArguments(
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
            "--disable-component-update", "--disable-sync", "--no-proxy-server", "--hide-scrollbars", "--window-size=1360,1000", $"--user-data-dir={_profile}");
        var service = ChromeDriverService.CreateDefaultService(Path.GetDirectoryName(Driver), Path.GetFileName(Driver));
        _driver = new ChromeDriver(service, options, TimeSpan.FromMinutes(3));
        _driver.Manage().Timeouts().AsynchronousJavaScript = TimeSpan.FromMinutes(2);
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        _driver?.Quit();
        _driver?.Dispose();
        if (_sample is { } sample)
        {
            sample.Kill(entireProcessTree: true);
            await sample.WaitForExitAsync(CancellationToken.None);
        }

        _sample?.Dispose();

        Directory.Delete(_profile, recursive: true);
    }

    /// <summary>Opens the page as a user does who has no wishes about colours and motion, with a node in order.</summary>
    public async Task OpenAsync(int width = 1360, int height = 1000, params (string Feature, string Value)[] wishes)
    {
        Assert.SkipWhen(_driver is null, "There is no Chromium: apt-get install chromium chromium-driver.");
        Resize(width, height);
        Run("Emulation.setEmulatedMedia", new(StringComparer.Ordinal)
        {
            ["features"] = wishes.Select(w => new Dictionary<string, object>(StringComparer.Ordinal) { ["name"] = w.Feature, ["value"] = w.Value }).ToArray(),
        });
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var repaired = await http.PostAsync(new Uri(Sample, "simulator/preset/in-order"), content: null, Cancellation);
        repaired.EnsureSuccessStatusCode();
        await GoToAsync(new Uri(Sample, "simulator"));
        Until(
            "every lane is in order",
            "const says = [...document.querySelectorAll('.lane .says')].map(s => s.textContent); return says[0] === 'Token' && says.length > 1 && says.slice(1).every(s => s === 'Healthy')");
    }

    public void Resize(int width, int height) => Run(
        "Emulation.setDeviceMetricsOverride",
        new(StringComparer.Ordinal) { ["width"] = width, ["height"] = height, ["deviceScaleFactor"] = 1, ["mobile"] = false });

    public Task GoToAsync(Uri address) => _driver!.Navigate().GoToUrlAsync(address);

    private void Run(string command, Dictionary<string, object?> parameters) => _driver!.ExecuteCdpCommand(command, parameters);

    public T Read<T>(string script, params object[] arguments) => (T)_driver!.ExecuteScript(script, arguments)!;

    public string[] ReadTexts(string script) => [.. Read<ReadOnlyCollection<object>>(script).Cast<string>()];

    public IWebElement Find(string selector) => _driver!.FindElement(By.CssSelector(selector));

    /// <summary>Sets a switch. A value that is typed is another one where the machine is slow: the browser begins anew after a second.</summary>
    public void Choose(string name, string value) => Find($"#switch-{name} option[value='{value}']").Click();

    public void Press(string keys) => _driver!.SwitchTo().ActiveElement().SendKeys(keys);

    /// <summary>Runs a script that ends by calling its last argument.</summary>
    public object? Await(string script, params object[] arguments) => _driver!.ExecuteAsyncScript(script, arguments);

    public byte[] TakePicture() => _driver!.GetScreenshot().AsByteArray;

    /// <summary>What axe-core finds fault with.</summary>
    public string[] FindBarriers()
    {
        _driver!.ExecuteScript(new BundledAxeScriptProvider().GetScript());
        var found = (string)Await("axe.run().then(found => arguments[0](JSON.stringify(found.violations)))")!;
        return
        [
            .. JsonElement.Parse(found).EnumerateArray().Select(v =>
                $"{v.GetProperty("id")}: {string.Join(" | ", v.GetProperty("nodes").EnumerateArray().Select(n => n.GetProperty("html").GetString()))}"),
        ];
    }

    /// <summary>Waits in the browser until a script returns true.</summary>
    public void Until(string what, string condition, params object[] arguments)
    {
        const string Look = "const given = [...arguments], done = given.pop(); (function look() { holds.apply(null, given) ? done() : requestAnimationFrame(look); })()";
        try
        {
            Await($"function holds() {{ {condition} }}; {Look}", arguments);
        }
        catch (WebDriverTimeoutException)
        {
            Assert.Fail($"Not yet: {what}. {string.Join('\n', ReadTexts("return [...document.querySelectorAll('.lane')].map(l => l.innerText.replaceAll('\\n', ' '))"))}");
        }
    }
}
