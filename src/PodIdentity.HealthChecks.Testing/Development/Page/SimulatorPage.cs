using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace PodIdentity.HealthChecks.Testing.Development.Page;

/// <summary>The page of an application: who is asked, and what it is told.</summary>
internal sealed class SimulatorPage
{
    private readonly IEndpointRouteBuilder _endpoints;
    private readonly DevelopmentNode _node;
    private readonly Switches _switches;
    private readonly CancellationToken _stopping;
    private readonly TokenWay _way;
    private readonly Truth _truth;
    private readonly Recorder _recorder;
    private readonly EventStream _events;

    public SimulatorPage(IEndpointRouteBuilder endpoints, DevelopmentNode node, Switches switches)
    {
        _endpoints = endpoints;
        _node = node;
        _switches = switches;
        var lifetime = endpoints.ServiceProvider.GetRequiredService<IHostApplicationLifetime>();
        _stopping = lifetime.ApplicationStopping;
        var time = endpoints.ServiceProvider.GetService<TimeProvider>() ?? node.Simulator.Time;
        var checks = new OwnChecks(endpoints.ServiceProvider);
        var naive = new NaiveLanes(node.Simulator, checks.Asked, time, () => node.Workload);
        lifetime.ApplicationStopped.Register(naive.Dispose);
        _way = naive.Way;
        Lane[] own =
        [
            .. checks.Registrations.Select(registration =>
            {
                var grace = checks.GraceOf(registration);
                var about = checks.AsksForToken(registration) ? "your check" : "your check (NMI only)";
                return new Lane(
                    registration.Name,
                    grace > TimeSpan.Zero ? $"{about}, with a grace period of {grace.TotalSeconds:0} s" : about,
                    isJudged: grace <= TimeSpan.Zero && checks.AsksForToken(registration),
                    cancellation => checks.AskAsync(registration, cancellation));
            }),
        ];
        _truth = new Truth(node.Simulator, () => node.Identities, checks.IsNamed, checks.RequiresNmi, time, () => node.Workload);
        _recorder = new Recorder([.. own, .. naive.All], _truth.Read, time);
        _events = new EventStream(_recorder, Describe, Read);
    }

    /// <summary>Sees the node as it is before a switch changes it: a pod whose node worked has a token, whether anybody looks at the page or not.</summary>
    public void SeeTruth() => _truth.Read();

    public Task WriteEventsAsync(HttpContext context) => _events.WriteAsync(context, _stopping);

    public Task DownloadAsync(HttpContext context)
    {
        var (truth, lanes, at) = _recorder.Timeline.Read(DateTimeOffset.MinValue);
        context.Response.ContentType = "application/json";
        context.Response.Headers.ContentDisposition = "attachment; filename=\"pod-identity-timeline.json\"";
        return context.Response.WriteAsync(JsonSerializer.Serialize(new TimelineFile(at, truth, lanes), PageJson.Default.TimelineFile), context.RequestAborted);
    }

    private NodeMessage Describe() => new(
        [.. _switches.All.Select(s => new SwitchText(s.Name, s.Title, s.Values))],
        [.. _switches.Stories.Select(p => new PresetText(p.Name, p.Title, p.Story))],
        HealthEndpoints());

    private SampleMessage Read(DateTimeOffset after)
    {
        var (truth, lanes, at) = _recorder.Timeline.Read(after);
        return new(at, truth, lanes, _switches.Read(), _switches.Story, _way.Last, [.. _node.Simulator.Exchanges.Snapshot().Select(RequestText.Of)]);
    }

    /// <summary>What <c>MapHealthChecks()</c> has mapped.</summary>
    private string[] HealthEndpoints() =>
    [
        .. _endpoints.DataSources.SelectMany(s => s.Endpoints).OfType<RouteEndpoint>()
            .Where(e => e.DisplayName is "Health checks" && e.RoutePattern.Parameters.Count == 0)
            .Select(e => "/" + (e.RoutePattern.RawText ?? "").TrimStart('/')),
    ];
}
