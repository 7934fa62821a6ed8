using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using OpenQA.Selenium;

namespace WebApp.Tests.Page;

/// <summary>The simulator's page as a browser shows it.</summary>
public sealed class PageTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const string Says = "return [...document.querySelectorAll('.lane .says')].map(s => s.textContent)";

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Where in the repository to put the picture of the README, <c>samples/WebApp/simulator.png</c>, if a run of this test alone is to make it.</summary>
    private static readonly string? Picture = Environment.GetEnvironmentVariable("SIMULATOR_PICTURE");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>What each lane says once it has heard of the fault: the truth, the three checks, and what others do.</summary>
    public static TheoryData<string, string[]> Stories => new()
    {
        { "in-order", ["Token", "Healthy", "Healthy", "Healthy", "Healthy", "Healthy", "Healthy"] },
        {
            "nmi-killed",
            ["No answer", "Unhealthy: NmiUnreachable", "Unhealthy: NmiUnreachable", "Degraded: NmiUnreachable", "Healthy", "Unhealthy: Refused", "Unhealthy: Refused"]
        },
        { "binding-missing", ["No token", "Unhealthy: IdentityNotBound", "Healthy", "Healthy", "Healthy", "Unhealthy: 404", "Healthy"] },
        { "identity-deleted", ["No token", "Unhealthy: IdentityNotFound", "Healthy", "Healthy", "Healthy", "Unhealthy: 403", "Healthy"] },
        { "imds-throttled", ["Last token valid", "Degraded: Throttled", "Healthy", "Healthy", "Healthy", "Unhealthy: 403", "Healthy"] },
    };

    [Theory]
    [MemberData(nameof(Stories))]
    public async Task A_story_shows_in_every_lane_who_tells_the_truth(string story, string[] lanes)
    {
        await chromium.OpenAsync();

        chromium.Find($"[data-preset={story}]").Click();

        UntilLanesSay(lanes);
        Assert.Equal("true", chromium.Find($"[data-preset={story}]").GetAttribute("aria-pressed"));
    }

    [Fact]
    public async Task NMI_that_stops_is_ten_seconds_of_lies()
    {
        await chromium.OpenAsync();
        if (Picture is not null)
        {
            chromium.Until("a quarter of a minute of order is seen", "return parseFloat(document.querySelector('.truth .segment:last-child').style.width) > 25");
        }

        // By the switch, the lies last until they have been seen.
        chromium.Choose("nmi", "stopping");
        UntilLanesSay(
            "Another identity's token", "Unhealthy: NotIntercepted", "Unhealthy: NotIntercepted", "Degraded: NotIntercepted", "Healthy", "Healthy", "Healthy");
        chromium.Find("[data-preset=nmi-stops]").Click();
        UntilLanesSay(
            "Another identity's token", "Unhealthy: NotIntercepted", "Unhealthy: NmiUnreachable", "Degraded: NmiUnreachable", "Healthy", "Healthy", "Unhealthy: Refused");
        foreach (var lane in new[] { "GetTokenAsync()", "curl --fail", "/healthz = Active" })
        {
            chromium.Until($"{lane} is counted", "return parseInt(document.querySelector(`[data-lane='${arguments[0]}'] .count`).textContent.match(/[0-9]+/)) > 5", lane);
            Assert.NotEmpty(chromium.ReadTexts($"return [...document.querySelectorAll(\"[data-lane='{lane}'] .segment.wrong\")].map(s => s.textContent)"));
        }

        Assert.Equal("stopped", chromium.Find("#switch-nmi").GetAttribute("value"));
        chromium.Until("the picture shows the way past NMI", "return document.getElementById('edge-bypass').classList.contains('Lit') && document.getElementById('rules').classList.contains('Broken')");
        chromium.Until("the kubelet is told", "return [...document.querySelectorAll('.answer .code')].map(c => c.textContent).join() === '200,503,503'");
        await TakePictureAsync();
    }

    [Fact]
    public async Task A_switch_ends_the_story_and_the_page_says_so()
    {
        await chromium.OpenAsync();
        chromium.Find("[data-preset=nmi-stops]").Click();
        UntilStoryIs("nmi-stops", "");

        chromium.Find("#switch-imds").SendKeys("t");
        chromium.Find("#switch-imds").SendKeys(Keys.Tab);

        UntilStoryIs("", "A switch was set, so the story “NMI stops: 10 s of lies” has ended. The node stays as it is now.");
        chromium.Find("[data-preset=in-order]").Click();
        UntilStoryIs("in-order", "");

        void UntilStoryIs(string pressed, string says) => chromium.Until(
            $"{pressed} is pressed, and the page says '{says}'",
            "return [...document.querySelectorAll('[aria-pressed=true][data-preset]')].map(b => b.dataset.preset).join() === arguments[0] && document.getElementById('story').textContent === arguments[1]",
            pressed,
            says);
    }

    [Theory]
    [InlineData("nmi", "killed", "Unhealthy: NmiUnreachable")]
    [InlineData("imds", "forbidden", "Unhealthy: TokenRejected")]
    [InlineData("identity", "unbound", "Unhealthy: IdentityNotBound")]
    [InlineData("tokens", "expired", "Unhealthy: TokenExpiring")]
    public async Task A_switch_breaks_the_node_and_says_what_it_means(string name, string value, string says)
    {
        await chromium.OpenAsync();
        var before = chromium.Find($"#meaning-{name}").Text;

        chromium.Choose(name, value);

        chromium.Until($"pod_identity is {says}", "return document.querySelector('[data-lane=pod_identity] .says').textContent === arguments[0]", says);
        Assert.NotEqual(before, chromium.Find($"#meaning-{name}").Text, StringComparer.Ordinal);
        Assert.Contains("broken", chromium.Read<string>($"return document.getElementById('switch-{name}').closest('.switch').className"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("light", 1360)]
    [InlineData("dark", 1360)]
    [InlineData("light", 400)]
    [InlineData("dark", 400)]
    public async Task It_has_no_barriers_and_fits(string scheme, int width)
    {
        await chromium.OpenAsync(width, 1000, ("prefers-color-scheme", scheme));
        chromium.Choose("nmi", "stopped");
        chromium.Until("a lane's lie has room for its text", "return document.querySelector('.segment.wrong span:not([hidden])') !== null");
        chromium.Until("all three answers are in", "return document.querySelectorAll('.answer .code.Healthy, .answer .code.Unhealthy').length === 3");

        Assert.Empty(chromium.FindBarriers());
        Assert.True(chromium.Read<bool>("return document.documentElement.scrollWidth <= innerWidth"));
        Assert.Equal(scheme is "dark", chromium.Read<bool>("return getComputedStyle(document.body).color.match(/[0-9]+/)[0] > 128"));
    }

    [Fact]
    public async Task Keys_lead_through_what_a_lane_said()
    {
        await chromium.OpenAsync();
        chromium.Until("nmi is in order", "return document.querySelector('[data-lane=nmi] .says').textContent.startsWith('Healthy')");
        chromium.Choose("nmi", "stopped");
        chromium.Until("nmi fails", "return document.querySelector('[data-lane=nmi] .says').textContent === 'Unhealthy: NmiUnreachable'");

        chromium.Read<object?>("document.querySelector('[data-lane=nmi] .track').focus()");
        var last = chromium.Find("#detail").Text;
        chromium.Press(Keys.Home);
        var first = chromium.Find("#detail").Text;
        chromium.Press(Keys.End);

        Assert.StartsWith("nmi: Unhealthy, NmiUnreachable", last, StringComparison.Ordinal);
        Assert.Contains("kubectl", last, StringComparison.Ordinal); // the hint
        Assert.StartsWith("nmi: Healthy", first, StringComparison.Ordinal);
        Assert.StartsWith("nmi: Unhealthy", chromium.Find("#detail").Text, StringComparison.Ordinal);
        Assert.Equal(
            chromium.Find("[data-lane=nmi] .segment.chosen").GetAttribute("id"),
            chromium.Find("[data-lane=nmi] .track").GetAttribute("aria-activedescendant"));
    }

    [Fact]
    public async Task A_pause_stops_the_picture_and_not_the_record()
    {
        await chromium.OpenAsync();

        chromium.Find("#pause").Click();
        var axis = chromium.Find("#axis").Text;
        var at = await ReadTimelineAsync();
        while (await ReadTimelineAsync() < at + TimeSpan.FromSeconds(2))
        {
            // the record goes on
        }

        Assert.Equal(axis, chromium.Find("#axis").Text);
        chromium.Find("#pause").Click();
        chromium.Until("the picture goes on", "return document.getElementById('axis').textContent !== arguments[0]", axis);
    }

    [Theory]
    [InlineData("60", 60)]
    [InlineData("300", 300)]
    [InlineData("3600", 3600)]
    public async Task The_timeline_scales_up_to_an_hour(string span, int seconds)
    {
        await chromium.OpenAsync();

        chromium.Read<object?>("const span = document.getElementById('span'); span.value = arguments[0]; span.dispatchEvent(new Event('change'))", span);
        var axis = chromium.ReadTexts("return [...document.querySelectorAll('#axis span')].map(s => s.textContent)").Select(TimeSpan.Parse).ToArray();

        Assert.Equal(seconds, (int)(axis[^1] - axis[0] + TimeSpan.FromDays(1)).TotalSeconds % 86400);
    }

    [Fact]
    public async Task Nothing_moves_for_those_who_do_not_want_it()
    {
        await chromium.OpenAsync(1360, 1000, ("prefers-reduced-motion", "reduce"));

        chromium.Read<object?>("const span = document.getElementById('span'); span.value = '3600'; span.dispatchEvent(new Event('change'))");
        chromium.Find("[data-preset=nmi-killed]").Click();
        chromium.Until("NMI is lit as broken", "return document.getElementById('nmi').classList.contains('Broken')");

        Assert.Equal(0, chromium.Read<long>("return document.getAnimations().length"));
        Assert.All(
            chromium.ReadTexts("return [...document.querySelectorAll('#axis span')].map(s => s.textContent)"),
            time => Assert.Equal(0, (int)TimeSpan.Parse(time).TotalSeconds % 900)); // the window turns its page every quarter of an hour
    }

    [Fact]
    public async Task A_hostile_text_stays_text()
    {
        await chromium.OpenAsync();
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });

        using var response = await http.GetAsync(new Uri(chromium.MetadataAddress, "host/token%3Cimg%20src=x%20onerror=document.title='owned'%3E"), Cancellation);

        chromium.Until("the request is listed", "return document.getElementById('requests').textContent.includes(\"<img src=x onerror=document.title='owned'>\")");
        Assert.True(chromium.Read<bool>("return document.images.length === 0 && document.title === 'Simulated node'"));
    }

    [Fact]
    public async Task A_page_of_another_site_switches_nothing_and_shows_nothing()
    {
        await chromium.OpenAsync();
        await using var attacker = await StartAttackerAsync();
        var target = new Uri(chromium.Sample, "simulator/nmi/killed").ToString();

        // The same machine and another port: the browser calls it the same site.
        await chromium.GoToAsync(new Uri(attacker.Urls.Single()));
        chromium.Await("fetch(arguments[0], {method: 'POST', mode: 'no-cors'}).finally(arguments[1])", target);
        chromium.Await("const done = arguments[1], frame = document.createElement('iframe'); frame.name = 'hidden'; document.body.append(frame); const form = document.createElement('form'); form.method = 'post'; form.action = arguments[0]; form.target = 'hidden'; document.body.append(form); frame.onload = () => done(); form.submit()", target);
        var read = (string)chromium.Await("fetch(arguments[0]).then(r => r.text()).then(arguments[1], e => arguments[1](e.name))", new Uri(chromium.Sample, "simulator/timeline").ToString())!;

        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var state = JsonDocument.Parse(await http.GetStringAsync(new Uri(chromium.Sample, "simulator"), Cancellation));
        Assert.Equal("active", state.RootElement.GetProperty("nmi").GetString());
        Assert.Equal("TypeError", read); // as for an address where nobody listens
    }

    private static async Task<WebApplication> StartAttackerAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var attacker = builder.Build();
        attacker.MapGet("/", () => Results.Content("<!doctype html><title>Kittens</title><body>", "text/html"));
        await attacker.StartAsync(Cancellation);
        return attacker;
    }

    private void UntilLanesSay(params string[] lanes) =>
        chromium.Until(string.Join(", ", lanes), $"return JSON.stringify((() => {{ {Says} }})()) === arguments[0]", JsonSerializer.Serialize(lanes, Relaxed));

    private async Task<DateTimeOffset> ReadTimelineAsync()
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false });
        using var timeline = JsonDocument.Parse(await http.GetStringAsync(new Uri(chromium.Sample, "simulator/timeline"), Cancellation));
        return timeline.RootElement.GetProperty("at").GetDateTimeOffset();
    }

    /// <summary>Makes the picture of the README, if a variable asks for it.</summary>
    private async Task TakePictureAsync()
    {
        if (Picture is not null)
        {
            chromium.Until("half a minute of trouble is seen", "return parseInt(document.querySelector(\"[data-lane='curl --fail'] .count\").textContent.match(/[0-9]+/)) > 30");
            chromium.Resize(1280, 970);
            chromium.Read<object?>("window.scrollTo(0, 0)");
            chromium.Read<object?>("document.querySelector('[data-lane=pod_identity] .segment:last-child').dispatchEvent(new MouseEvent('mouseenter'))");
            await File.WriteAllBytesAsync(Path.Combine(Repository.Root, Picture), chromium.TakePicture(), Cancellation);
        }
    }
}
