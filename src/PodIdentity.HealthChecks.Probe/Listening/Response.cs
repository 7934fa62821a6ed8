using System.Text;

namespace PodIdentity.HealthChecks.Probe.Listening;

/// <summary>An answer.</summary>
internal sealed record Response(int Status, string Body, string ContentType = "text/plain; charset=utf-8")
{
    public static Response Refusal(int status) => new(status, $"{PhraseOf(status)}.\n");

    public byte[] Format(bool isHead)
    {
        var body = Encoding.UTF8.GetBytes(Body);
        var head = Encoding.ASCII.GetBytes(
            $"HTTP/1.1 {Status} {PhraseOf(Status)}\r\nContent-Type: {ContentType}\r\nContent-Length: {body.Length}\r\n"
            + $"{(Status is 405 ? "Allow: GET, HEAD\r\n" : "")}Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n");
        return isHead ? head : [.. head, .. body];
    }

    private static string PhraseOf(int status) => status switch
    {
        200 => "OK",
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
        431 => "Request Header Fields Too Large",
        _ => "Service Unavailable",
    };
}
