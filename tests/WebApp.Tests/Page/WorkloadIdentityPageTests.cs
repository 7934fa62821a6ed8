using System.Text.Json;

namespace WebApp.Tests.Page;

/// <summary>The same page of a sample that is under workload identity.</summary>
public sealed class ChromiumUnderWorkloadIdentity : Chromium
{
    protected override IReadOnlyList<string> Settings => ["--Guard=WorkloadIdentity", "--PodIdentity:RequiredResponder=Entra"];
}

/// <summary>The simulator's page for an application that requires Microsoft Entra ID.</summary>
public sealed class WorkloadIdentityPageTests(ChromiumUnderWorkloadIdentity chromium) : IClassFixture<ChromiumUnderWorkloadIdentity>
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>What each lane says once it has heard of the fault: the truth, the check, and what others do. The way of the token request ends where it broke.</summary>
    public static TheoryData<string, string[], string, string> Stories => new()
    {
        { "in-order", ["Token", "Healthy", "Healthy", "Healthy"], "pod entra edge-direct", "" },
        { "webhook-missed", ["Another identity's token", "Unhealthy: WorkloadIdentityNotInjected", "Healthy", "Healthy"], "pod imds entra edge-bypass edge-entra", "" },
        { "federation-deleted", ["No token", "Unhealthy: TokenRejected", "Healthy", "Unhealthy: 401"], "pod edge-direct", "entra" },
        { "entra-throttled", ["Last token valid", "Degraded: Throttled", "Healthy", "Unhealthy: 429"], "pod edge-direct", "entra" },
    };

    [Theory]
    [MemberData(nameof(Stories))]
    public async Task A_story_shows_in_every_lane_who_tells_the_truth_and_in_the_picture_how_far_the_request_came(string story, string[] lanes, string lit, string broken)
    {
        await chromium.OpenAsync();

        chromium.Find($"[data-preset={story}]").Click();

        chromium.Until(
            string.Join(", ", lanes),
            "return JSON.stringify([...document.querySelectorAll('.lane .says')].map(s => s.textContent)) === arguments[0]",
            JsonSerializer.Serialize(lanes, Relaxed));
        UntilStationsAre("Lit", lit);
        UntilStationsAre("Broken", broken);

        void UntilStationsAre(string state, string stations) => chromium.Until(
            $"{state} is {stations}",
            "return [...document.querySelectorAll('svg .' + arguments[0])].map(e => e.id).sort().join() === arguments[1].split(' ').filter(id => id).sort().join()",
            state,
            stations);
    }

    [Fact]
    public async Task It_has_no_NMI_to_break_and_no_lane_for_it()
    {
        await chromium.OpenAsync();

        Assert.Equal(
            ["webhook", "federation", "entra", "tokens", "imds", "node"],
            chromium.ReadTexts("return [...document.querySelectorAll('.switch select')].map(s => s.id.replace('switch-', ''))"));
        Assert.Equal(
            ["in-order", "webhook-missed", "federation-deleted", "entra-throttled"],
            chromium.ReadTexts("return [...document.querySelectorAll('[data-preset]')].map(b => b.dataset.preset)"));
    }
}
