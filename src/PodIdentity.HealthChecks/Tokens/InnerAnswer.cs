using System.Globalization;

namespace PodIdentity.HealthChecks.Tokens;

/// <summary>NMI's words for what IMDS answered it: "adal: Refresh request failed. Status Code = '400'. Response body: … Endpoint http…".</summary>
internal sealed record InnerAnswer(int Status, string Body)
{
    private const string BeforeStatus = "Status Code = '";
    private const string BeforeBody = "'. Response body: ";
    private const string AfterBody = " Endpoint http";
    private const int Digits = 3;

    public static InnerAnswer? Find(ReadOnlySpan<char> text)
    {
        while (text.IndexOf(BeforeStatus) is >= 0 and var at)
        {
            text = text[(at + BeforeStatus.Length)..];
            if (text is [>= '1' and <= '5', >= '0' and <= '9', >= '0' and <= '9', ..] && text[Digits..].StartsWith(BeforeBody))
            {
                var body = text[(Digits + BeforeBody.Length)..];
                var end = body.IndexOf(AfterBody);
                return new InnerAnswer(int.Parse(text[..Digits], CultureInfo.InvariantCulture), (end < 0 ? body : body[..end]).ToString());
            }
        }

        return null;
    }
}
