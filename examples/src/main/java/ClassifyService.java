import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import org.swinengine.backend.Backend;
import org.swinengine.backend.Backends;
import org.swinengine.data.DatasetException;
import org.swinengine.data.ImageDecoder;
import org.swinengine.inference.LoadedModel;

/** Says what is in the photos that are sent to it: {@code curl --data-binary @photo.jpg localhost:8080}. */
public final class ClassifyService {
  private ClassifyService() {}

  public static void main(String[] arguments) throws IOException {
    Backend backend = Backends.open("auto");
    LoadedModel model = LoadedModel.open(arguments[0], backend); // a file, a published name, hf:ORG/REPO
    HttpServer server = HttpServer.create(new InetSocketAddress(Integer.parseInt(arguments[1])), 0);
    server.setExecutor(Executors.newFixedThreadPool(8)); // one model serves them all
    server.createContext("/", request -> {
      int status = 200;
      String answer;
      try {
        answer = model.predict(ImageDecoder.decode(request.getRequestBody(), "sent")).first().name();
      } catch (DatasetException e) {
        status = 400;
        answer = e.getMessage();
      }
      byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
      request.sendResponseHeaders(status, bytes.length);
      request.getResponseBody().write(bytes);
      request.close();
    });
    server.start();
    System.out.println("listening on port " + server.getAddress().getPort());
  }
}
